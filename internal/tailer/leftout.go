package tailer

import (
	"cmp"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// smallArchive is up to what size an archive that is left out is unpacked to know
// the length of its text.
const smallArchive = 16 << 20

// leaveOut remembers a sibling that was there before the first start, so that it
// stays out under any later name, inode and compression.
func (b *siblings) leaveOut(s logfs.Sibling, now time.Time) {
	l := b.l
	l.ignored[s.ID] = ignoredSibling{info: s.Info}
	g, err := openGeneration(s.Path, "", now)
	if err != nil || g.inode != s.ID || s.Size == 0 {
		if err == nil {
			g.close()
		}
		return
	}
	defer g.close()
	p := Position{
		ID: g.id, Source: l.source.cfg.Name, Name: l.path, Device: s.ID.Dev, Inode: s.ID.Ino, Born: s.ID.Born,
		ModTime: s.Mod, Finished: true, Seen: now.UnixNano(),
	}
	var print logfs.Fingerprint
	if g.packed {
		print, err = g.file.Glance(s.Size)
		if err == nil && print.Offset == 0 && s.Size <= smallArchive { // zstd does not record how long its text is
			print.Offset, err = g.file.Length(s.Info)
		}
	} else {
		print, err = logfs.Consumed(g.file, g.size)
	}
	if err != nil {
		l.warn("left "+s.Path, "a file from before the first start can not be read: under another name it may count", "file", s.Path, "err", err)
		return
	}
	p.setFingerprint(&print)
	p.Marks = ""
	l.note(l.source.t.memory, p)
	l.trace(g, "left out")
}

// remember notes that a file holds the finished text p, and that it was seen now.
func (b *siblings) remember(info logfs.Info, p *Position, now time.Time) {
	l := b.l
	l.ignored[info.ID] = ignoredSibling{info: info, id: p.ID}
	if p.sameInode(info.ID) && now.UnixNano()-cmp.Or(p.Seen, p.ModTime) < int64(touchTime) {
		return
	}
	seen := *p
	seen.Source, seen.Seen = l.source.cfg.Name, now.UnixNano()
	seen.Device, seen.Inode, seen.Born = info.ID.Dev, info.ID.Ino, info.ID.Born
	l.note(l.source.t.memory, seen)
}
