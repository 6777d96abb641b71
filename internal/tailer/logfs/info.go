// Package logfs is the file system as a follower of log files needs it: what a
// look at a path or an open file shows, cached directory listings, globs, the
// names that rotation gives, the plain text of a file whatever it is packed
// with, and fingerprints that recognise a text under any name.
//
// It keeps no state about what was read and starts no goroutine. What is done
// with a file is for package tailer.
package logfs

import "errors"

// Identity distinguishes inodes. It is a hint and no proof: numbers are used
// again, mounts change devices, overlayfs changes birth times, and FUSE answers
// for a path where an open file was asked about.
type Identity struct {
	Dev, Ino uint64
	Born     int64 // Unix nanoseconds; 0 where the file system keeps none
}

// Info is what one look at a file showed.
type Info struct {
	ID      Identity
	Size    int64
	Mod     int64 // last modification, Unix nanoseconds
	Links   uint64
	Sparse  bool // it may hold holes
	Regular bool
	Dir     bool
}

// ErrNotRegular is returned for a path that leads to a directory, pipe, socket or device.
var ErrNotRegular = errors.New("not a regular file")
