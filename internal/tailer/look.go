package tailer

import "errors"

// identity tells generations apart. The time of birth tells a reused inode
// number; it is 0 where the file system keeps none.
type identity struct {
	dev, ino uint64
	born     int64
}

// look is what one look at a file showed.
type look struct {
	id      identity
	size    int64
	mod     int64 // Unix nanoseconds
	links   uint64
	sparse  bool // it may hold holes
	regular bool
	dir     bool
}

var errNotRegular = errors.New("not a regular file")
