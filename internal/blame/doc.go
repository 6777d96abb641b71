// Package blame judges who carries a rise of failures, what broke, and who can act.
//
// A Book keeps a bounded sample of the clients that failed and of the requests, by
// minute, for an hour. From it come the contributors (Find) and the verdict
// (Book.Judge). The package is pure: times, numbers and texts go in, a value comes
// out. It has no clock and no I/O; its random numbers come from the seed of New.
package blame

import "time"

// Memory is how far a Book looks back.
const Memory = time.Hour
