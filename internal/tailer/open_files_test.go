package tailer

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// There are many more files than descriptors, and in most of them nothing is
// written: all are read, changes of any are seen, and descriptors are left.
func TestMoreFilesThanDescriptors(t *testing.T) {
	w := newWorld(t, true)
	w.sources[0].Files = []string{w.path("*.log")}
	w.options.Watches = -1
	name := func(i int) string { return fmt.Sprintf("%d.log", i) }
	yesterday := time.Now().Add(-24 * time.Hour)
	const files = 400
	for i := range files {
		w.put(name(i), 10)
		if err := os.Chtimes(w.path(name(i)), yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	few := limit
	few.Cur = uint64(before + reserve + 40)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Skip(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	}()
	w.start()
	w.read()
	if used, most := descriptors(t)-before, int(few.Cur)-before-reserve; used > most {
		t.Errorf("%d descriptors used, %d are to be left of %d", used, reserve, most+reserve)
	}
	for i := range files {
		switch i % 40 {
		case 0:
			w.put(name(i), 3)
		case 1:
			w.rename(name(i), name(i)+".1")
			w.put(name(i), 3)
		case 2:
			w.put(name(i), 3)
			w.rename(name(i), name(i)+".1")
			w.put(name(i), 3)
		case 3:
			w.put(name(i), 3)
			w.copytruncate(name(i), name(i)+".1")
			w.put(name(i), 3)
		case 4:
			if err := os.WriteFile(w.path(name(i)), w.next(30), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.check()
	w.restart()
	w.put(name(7), 1)
	w.check()
	w.stop()
}
