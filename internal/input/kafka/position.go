package kafka

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kadm"

	"wvwatch/internal/tailer"
)

// InputName is what the positions of partitions have as their Input.
const InputName = "kafka"

// A partition's place in a tailer.Position: Name is topic/partition; Device and Inode
// are the two halves of the topic's ID, since a topic that is deleted and created again
// has the same name; Offset is that of the first record that is not counted whole, and
// Cursor how many bytes of that one's lines are counted, where it holds several.

// place is how far one partition is counted.
type place struct {
	topic   [16]byte // its ID; zero where the brokers have none
	offset  int64
	counted int // bytes of the lines of the record at offset
}

// partitionName returns the name of a partition in positions and messages.
func partitionName(topic string, id int32) string {
	return topic + "/" + strconv.Itoa(int(id))
}

// position returns pl of the partition as the ledger keeps it.
func (pl place) position(source, name string) tailer.Position {
	p := tailer.Position{
		ID:     tailer.ID(xxhash.Sum64String("kafka\x00"+source+"\x00"+name) | 1),
		Source: source, Name: name, Input: InputName, Offset: pl.offset,
		Device: binary.BigEndian.Uint64(pl.topic[:8]), Inode: binary.BigEndian.Uint64(pl.topic[8:]),
	}
	if pl.counted > 0 {
		p.Cursor = strconv.Itoa(pl.counted)
	}
	return p
}

// placeOf returns the place that p has.
func placeOf(p tailer.Position) (pl place) {
	binary.BigEndian.PutUint64(pl.topic[:8], p.Device)
	binary.BigEndian.PutUint64(pl.topic[8:], p.Inode)
	pl.offset = p.Offset
	pl.counted, _ = strconv.Atoi(p.Cursor) // empty: 0
	return pl
}

// placesOf returns the places of a source by the name of the partition.
func placesOf(all []tailer.Position, source string) map[string]place {
	places := map[string]place{}
	for _, p := range all {
		if p.Input == InputName && p.Source == source {
			places[p.Name] = placeOf(p)
		}
	}
	return places
}

// Offsets returns the offsets of all partitions in positions, of all sources, as a
// group commits them.
func Offsets(positions []tailer.Position) kadm.Offsets {
	offsets := kadm.Offsets{}
	for _, p := range positions {
		topic, id, ok := strings.Cut(p.Name, "/")
		n, err := strconv.ParseInt(id, 10, 32)
		if p.Input == InputName && ok && err == nil {
			offsets.AddOffset(topic, int32(n), p.Offset, -1)
		}
	}
	return offsets
}

// beginning is what is known of a partition before it is read.
type beginning struct {
	topic       [16]byte
	start, end  int64 // of the log
	saved       place
	known       bool  // saved is of the checkpoint
	seen        bool  // another partition of the topic is in the checkpoint
	committed   int64 // by the group; -1 for never
	atBeginning bool  // of topics that the group has never read
}

// choice is where a partition begins.
type choice struct {
	place
	lost int64  // records that are gone
	note string // for the log; empty for the usual case
}

// choose returns where a partition begins: where the checkpoint is, else where the
// group is, else as configured. A partition that a known topic got
// later is read from its beginning.
func (b beginning) choose() choice {
	at := func(offset int64) choice { return choice{place: place{topic: b.topic, offset: offset}} }
	switch {
	case b.known && b.saved.topic != b.topic:
		c := at(b.start)
		c.note = "the topic was deleted and created again: it is read from its beginning"
		return c
	case b.known && b.saved.offset > b.end:
		c := at(b.end)
		c.note = fmt.Sprintf("the log ends at %d, before the saved position %d: brokers lost records that were counted", b.end, b.saved.offset)
		return c
	case b.known && b.saved.offset < b.start:
		c := at(b.start)
		c.lost = b.start - b.saved.offset
		c.note = "retention deleted records before they were read"
		return c
	case b.known:
		return choice{place: b.saved}
	case b.seen || b.atBeginning && b.committed < 0:
		return at(b.start)
	case b.committed < 0:
		return at(b.end)
	}
	c := at(max(b.start, min(b.committed, b.end)))
	c.note = "the checkpoint has no position: reading goes on at the offset of the group"
	if c.lost = max(0, b.start-b.committed); c.lost > 0 {
		c.note = "retention deleted records before they were read"
	}
	return c
}

// comparePartitions orders by topic and number.
func comparePartitions(a, b *partition) int {
	return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.id, b.id))
}

func sortPartitions(ps []*partition) { slices.SortFunc(ps, comparePartitions) }
