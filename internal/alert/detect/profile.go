package detect

// Categories is how many categories of codes a Profile tells apart. A caller
// gives each an index, the same after a restart, and the last one to all that
// are too many.
const Categories = 24

// Profile expects refusals by the local hour of the day and of the week and by
// how many there are at present. One serves all streams of a source, or of a
// set of sources, in whose log there are refusals only.
type Profile struct{}

// Activity is what one category counted in a step.
type Activity struct {
	Refusals float64 // each client once in ten minutes
	Firing   bool    // its alarm is on
}

// NewProfile returns a profile that has learnt nothing.
func NewProfile() Profile { return Profile{} }

// Step takes in what all categories, by index, counted in the step at. The
// local time is offset seconds east of UTC.
func (p *Profile) Step(at int64, offset int, categories []Activity) {}

// Expect returns what is expected in the last step fed, judged by all
// categories but those whose bits, 1<<index, are set: those of the stream that
// is to be judged.
func (p *Profile) Expect(without uint32) Expected { return Expected{} }

// Sound reports whether the state can be counted with.
func (p *Profile) Sound() bool { return true }
