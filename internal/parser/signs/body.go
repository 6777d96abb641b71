package signs

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// maxBody bounds the objects that a weight is kept of: longer ones hold ids and do not
// come again.
const maxBody = 192

// WeighBody returns the weight of an object with a code, which depends on its bytes
// alone.
func (r *Weigher) WeighBody(object []byte, code int) Weight {
	if len(object) > maxBody {
		return r.Weigh(object, code)
	}
	b := &r.before[lex.Hash(object, 0)%uint64(len(r.before))]
	if b.code != code || !bytes.Equal(b.object, object) {
		b.object, b.code, b.weight = append(b.object[:0], object...), code, r.Weigh(object, code)
	}
	return b.weight
}
