package privacy

// mode is how the words of a stretch of text are read. Fields inside it are read
// by their own names, unless it is secret.
type mode uint8

const (
	prose  mode = iota // words of the vocabulary are shown
	loose              // the value of an unknown name: nothing but the evidence is shown
	secret             // the value of a private name: nor are the fields inside it
)

// redactor decides which characters of a record are shown.
type redactor struct {
	*structure
	evidence []byte
	show     []bool // by character of the view; what no rule allows stays hidden
	word     string // the last word of the prose, in lower case; "" after anything else
	depth    int
	private  int // words since the last private one
}

// allow shows the characters from lo to hi.
func (r *redactor) allow(lo, hi int) {
	for i := lo; i < hi; i++ {
		r.show[i] = true
	}
}
