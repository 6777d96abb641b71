package stdin

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
)

// fifo reads a FIFO, one writer after the other: Read returns io.EOF when the last writer has
// closed it, and the next Read waits for another one. One goroutine at a time reads; Close
// ends a Read.
type fifo struct {
	path string
	met  bool // a writer, since file was opened

	mu     sync.Mutex
	file   *os.File // read without waiting; reopened for the next writer
	closed bool
}

func openFIFO(path string) (*fifo, error) {
	file, err := openReader(path)
	if err != nil {
		return nil, err
	}
	return &fifo{path: path, file: file}, nil
}

func openReader(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// Name returns the path.
func (f *fifo) Name() string { return f.path }

// Read implements io.Reader.
func (f *fifo) Read(p []byte) (n int, err error) {
	f.mu.Lock()
	file := f.file
	f.mu.Unlock()
	conn, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	wrong := conn.Read(func(fd uintptr) (done bool) {
		for {
			n, err = syscall.Read(int(fd), p)
			if !errors.Is(err, syscall.EINTR) {
				break
			}
		}
		// Without a writer a read returns nothing. A file that was opened after the last one left
		// becomes readable only when another one was there.
		wait := errors.Is(err, syscall.EAGAIN) || err == nil && n == 0 && !f.met
		f.met = true
		return !wait
	})
	switch {
	case wrong != nil:
		return 0, wrong
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n > 0:
		return n, nil
	}
	return 0, f.next()
}

// next opens the FIFO for the next writer and returns io.EOF. It stays open meanwhile, so that
// nothing of a writer that comes now is lost.
func (f *fifo) next() error {
	file, err := openReader(f.path)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errors.Join(os.ErrClosed, file.Close())
	}
	err = f.file.Close()
	f.file, f.met = file, false
	if err != nil {
		return err
	}
	return io.EOF
}

// Close implements io.Closer.
func (f *fifo) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.file.Close()
}
