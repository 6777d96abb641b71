package state

import "bytes"

// Marshal returns cp in the format of the checkpoint file.
func Marshal(cp Checkpoint) ([]byte, error) {
	var payload bytes.Buffer
	header, err := encode(&payload, cp)
	if err != nil {
		return nil, err
	}
	return append(header, payload.Bytes()...), nil
}

// Unmarshal reads the content of a checkpoint file. Its error is a *VersionError,
// without a path, for the format of a newer version of the program; any other error is
// damage.
func Unmarshal(content []byte) (Checkpoint, error) { return decode(content) }
