package tailer

// uncommitted is what is to be committed of texts that are not read any more. It is
// part of a log path and guarded by its lock.
type uncommitted struct {
	positions []Position
	forget    []ID // positions that are replaced, or of which nothing was read
}

// note remembers a finished or a missing text, now in m and with the next commit
// in the checkpoint.
func (n *uncommitted) note(m *memory, p Position) {
	n.forget = append(n.forget, m.add(p, false)...)
	n.positions = append(n.positions, p)
}
