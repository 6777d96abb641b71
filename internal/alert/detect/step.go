package detect

// Step is what one stream counted in one step of event time. Slices are
// borrowed for the call.
type Step struct {
	At       int64    // steps since 1970; later than that of the step before
	X        float64  // clients that failed, each once in ten minutes
	X1       float64  // clients that failed, each once in a minute
	Plays    float64  // granted requests and clients that failed, of all categories; 0 where the log has no requests
	Expected Expected // what a Profile expects; used where the log has no requests
	Identity Identity // by what X, X1 and Plays were counted
	Clients  []uint64 // keyed hashes of the clients in X, the first eight at most; ignored but for ByClient
	Codes    []Count  // what the failures consist of, for Alarm.Codes; may be empty
}

// Identity is by what events are counted once.
type Identity uint8

const (
	ByClient      Identity = iota // a device, a user or an address
	ByCorrelation                 // correlation ids: X and X1 are incidents; a client may have many
	ByNothing                     // X and X1 are occurrences
)

// Count is how often a code occurred.
type Count struct {
	Code uint16  `json:"code"` // the number of the code, or any other the caller chooses
	N    float32 `json:"n"`
}

// Expected is how many refusals of all categories a Profile expects in a step.
type Expected struct {
	Refusals float64 // per step
	Activity float64 // refusals of other categories of the last minutes, by which Refusals is known
}
