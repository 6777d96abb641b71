package state

import (
	"bufio"
	"fmt"
	"io"
)

// streamFormat is the first line of what Write writes.
const streamFormat = magic + " %d\n"

// Write writes cp value by value: a line with the format version, and the payload of a
// checkpoint file, unpacked and without a checksum. A store that keeps it elsewhere
// packs it and ensures that it is whole.
func Write(w io.Writer, cp Checkpoint) error {
	if _, err := fmt.Fprintf(w, streamFormat, Version); err != nil {
		return err
	}
	return encodeValues(w, cp)
}

// Read reads what Write wrote. Its error is a *VersionError, without a path, for the
// format of a newer version of the program; any other error is damage.
func Read(r io.Reader) (Checkpoint, error) {
	in := bufio.NewReader(r)
	first, err := in.ReadString('\n')
	if err != nil {
		return Checkpoint{}, err
	}
	var version int
	if _, err := fmt.Sscanf(first, streamFormat, &version); err != nil || version < 2 {
		return Checkpoint{}, fmt.Errorf("not a checkpoint: it does not begin with %q and a version", magic)
	}
	if version > Version {
		return Checkpoint{}, &VersionError{Version: version}
	}
	var cp Checkpoint
	if err := decodeValues(in, &cp); err != nil {
		return Checkpoint{}, err
	}
	return cp, nil
}
