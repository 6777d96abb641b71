// Package state keeps the one checkpoint file: counts, windows, read positions
// and alert states of one instant.
//
// It promises that the file is always a whole checkpoint, the newest that was
// saved, whenever the power goes; that it is never overwritten before it was
// read; and that a file that cannot be understood is set aside, not lost. The
// meaning of the parts is for the packages they come from.
package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"

	"github.com/klauspost/compress/gzip"

	"wvwatch/internal/metrics"
)

// Checkpoint is what outlives a restart.
type Checkpoint struct {
	Metrics metrics.State   `json:"metrics"`
	Alerts  json.RawMessage `json:"alerts,omitempty"` // the alert engine's own; nil where it has none
}

// Version is the format of the checkpoints that are written.
const Version = 2

// A checkpoint begins with a line of text: magic, format version, length of the
// payload in bytes and its CRC-32C; nothing follows the payload. Of version 1 that is
// one JSON object and a newline. Since version 2 it is a sequence of JSON values, a
// line each and packed by gzip: those of the metrics, as State.Encode writes them, and
// the alerts. It is written and read value by value: with label values the text is some
// ten megabytes, and packed a fiftieth of it.
const (
	magic        = "wvwatch-state"
	headerFormat = magic + " %d %d %08x\n"
	maxHeader    = 80 // bytes; a longer first line is none of ours
)

func checksum(payload []byte) uint32 {
	return crc32.Checksum(payload, crc32.MakeTable(crc32.Castagnoli))
}

func header(version int, payload []byte) []byte {
	return fmt.Appendf(nil, headerFormat, version, len(payload), checksum(payload))
}

// packLevel is the level of gzip: a third of a second of processor time for a gigabyte
// of text, half the time of the default level.
const packLevel = 3

// encode writes the payload of cp to the empty dst, and returns the header that
// goes before it.
func encode(dst *bytes.Buffer, cp Checkpoint) ([]byte, error) {
	z, err := gzip.NewWriterLevel(dst, packLevel)
	if err != nil {
		return nil, err
	}
	if err := encodeValues(z, cp); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return header(Version, dst.Bytes()), nil
}

// encodeValues writes the values of a payload, unpacked.
func encodeValues(w io.Writer, cp Checkpoint) error {
	if err := cp.Metrics.Encode(w); err != nil {
		return err
	}
	alerts := json.NewEncoder(w)
	alerts.SetEscapeHTML(false)
	return alerts.Encode(cp.Alerts)
}

// VersionError is a checkpoint of a newer version of the program.
type VersionError struct {
	Path    string
	Version int
}

// Error names the fix.
func (e *VersionError) Error() string {
	return fmt.Sprintf("checkpoint %q has format version %d, this program reads up to %d: run the newer version, or move the files %q* away to count from nothing",
		e.Path, e.Version, Version, filepath.Join(filepath.Dir(e.Path), fileName))
}

// decode reads a checkpoint file's content. It returns a *VersionError (without
// a path) for a newer format; any other error is damage.
func decode(content []byte) (Checkpoint, error) {
	var cp Checkpoint
	end := bytes.IndexByte(content[:min(len(content), maxHeader)], '\n')
	if end < 0 || !bytes.HasPrefix(content, []byte(magic+" ")) {
		return cp, fmt.Errorf("not a checkpoint: it does not begin with %q", magic)
	}
	first, payload := content[:end+1], content[end+1:]

	var version, size int
	if _, err := fmt.Sscanf(string(first), magic+" %d", &version); err != nil || version < 1 {
		return cp, fmt.Errorf("no format version in its first line %q", first)
	}
	if version > Version { // its first line may differ after the version
		return cp, &VersionError{Version: version}
	}
	var sum uint32
	if _, err := fmt.Sscanf(string(first), magic+" %d %d %x\n", &version, &size, &sum); err != nil ||
		string(first) != fmt.Sprintf(headerFormat, version, size, sum) {
		return cp, fmt.Errorf("no length and checksum in its first line %q", first)
	}
	if len(payload) != size {
		return cp, fmt.Errorf("it holds %d bytes after its first line, which says %d", len(payload), size)
	}
	if got := checksum(payload); got != sum {
		return cp, fmt.Errorf("its checksum is %08x, its first line says %08x", got, sum)
	}
	read := decodePacked
	if version == 1 {
		read = decodeObject
	}
	if err := read(payload, &cp); err != nil {
		return Checkpoint{}, fmt.Errorf("its content: %w", err)
	}
	return cp, nil
}

// decodeObject reads a payload of version 1.
func decodeObject(payload []byte, cp *Checkpoint) error { return json.Unmarshal(payload, cp) }

// decodePacked reads a payload of version 2.
func decodePacked(payload []byte, cp *Checkpoint) error {
	z, err := gzip.NewReader(bytes.NewReader(payload))
	if err != nil {
		return err
	}
	return decodeValues(z, cp)
}

// decodeValues reads what encodeValues wrote.
func decodeValues(r io.Reader, cp *Checkpoint) error {
	d := json.NewDecoder(io.LimitReader(r, maxSize))
	if err := cp.Metrics.Decode(d); err != nil {
		return err
	}
	if err := d.Decode(&cp.Alerts); err != nil {
		return fmt.Errorf("alerts: %w", err)
	}
	if string(cp.Alerts) == "null" {
		cp.Alerts = nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more than a checkpoint: %w", err)
	}
	return nil
}
