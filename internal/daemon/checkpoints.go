package daemon

import "wvwatch/internal/state"

// checkpoints is where the checkpoint is kept: in a directory, or in a topic of Kafka.
// Load is called once, before the first Save. Stats may be called at any time.
type checkpoints interface {
	// Load returns the newest checkpoint, which is empty where there is none. With a
	// *state.DamagedError the checkpoint that comes with it is usable.
	Load() (state.Checkpoint, error)
	// Save replaces the checkpoint, and returns when the new one is durable.
	Save(state.Checkpoint) error
	Stats() state.Stats
	Close() error
}
