package tailer

// notebook is what is to be committed of texts that are not read any more. It is
// part of a lineage and guarded by its lock.
type notebook struct {
	notes  []Position
	forget []ID // positions that are replaced, or of which nothing was read
}

// note remembers a finished or a missing text, now in m and with the next commit
// in the checkpoint.
func (n *notebook) note(m *memory, p Position) {
	n.forget = append(n.forget, m.add(p, false)...)
	n.notes = append(n.notes, p)
}
