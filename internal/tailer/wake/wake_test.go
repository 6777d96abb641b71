package wake

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func appendTo(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("line\n"); err != nil {
		t.Fatal(err)
	}
}

// watchedFile returns a watch of a new file in a local directory, the way to it, and
// what receives when it wakes.
func watchedFile(t *testing.T, w Watcher) (path string, woken chan struct{}, stop func()) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("files are watched on Linux only")
	}
	path = filepath.Join(t.TempDir(), "a.log")
	appendTo(t, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	woken = make(chan struct{}, 100)
	stop = w.Watch(f, 5, func() { woken <- struct{}{} })
	if err := f.Close(); err != nil { // the watch has a descriptor of its own
		t.Fatal(err)
	}
	return path, woken, stop
}

// A change wakes, also after the file was renamed; a removed file ends nothing else.
func TestWatch(t *testing.T) {
	w := New(2)
	defer w.Close()
	path, woken, stop := watchedFile(t, w)
	if stop == nil {
		t.Skip("the temporary directory is on a file system that is not watched")
	}
	appendTo(t, path)
	<-woken
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path+".1")
	<-woken
	if err := os.Remove(path + ".1"); err != nil {
		t.Fatal(err)
	}
	stop()
	stop() // once more changes nothing
}

// No more files than the limit are watched; a stopped one makes room when the library
// has seen that it is.
func TestLimit(t *testing.T) {
	none := New(-1)
	defer none.Close()
	if _, _, stop := watchedFile(t, none); stop != nil {
		t.Error("watched, although nothing may be")
	}
	one := New(1)
	_, _, stop := watchedFile(t, one)
	if stop == nil {
		t.Skip("the temporary directory is on a file system that is not watched")
	}
	if _, _, second := watchedFile(t, one); second != nil {
		t.Error("two files are watched, the limit is one")
	}
	one.Close()
	if _, _, late := watchedFile(t, one); late != nil {
		t.Error("watched after Close")
	}
}

// Close returns when every watch has ended: nothing wakes afterwards.
func TestClose(t *testing.T) {
	w := New(32)
	path, woken, stop := watchedFile(t, w)
	w.Close()
	for len(woken) > 0 {
		<-woken
	}
	appendTo(t, path)
	if len(woken) > 0 {
		t.Error("woken after Close")
	}
	if stop != nil {
		stop()
	}
}
