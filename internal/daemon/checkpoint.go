package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/metrics"
	"wvwatch/internal/state"
)

// savedAlerts is the alert state in a checkpoint.
type savedAlerts struct {
	alert.Saved
	Sent []notify.Sent `json:"sent,omitempty"` // to webhooks
}

// checkpoint is the saved state of the last run; zero for a first run.
type checkpoint struct {
	metrics metrics.State
	alerts  savedAlerts
}

// loadCheckpoint reads the newest checkpoint. Damaged parts of it are logged and left
// out.
func loadCheckpoint(store checkpoints, log *slog.Logger) (checkpoint, error) {
	c, err := store.Load()
	var damaged *state.DamagedError
	switch {
	case errors.As(err, &damaged):
		log.Error("checkpoint not usable", "component", "state", "err", err)
	case err != nil:
		return checkpoint{}, err
	}
	loaded := checkpoint{metrics: c.Metrics}
	if len(c.Alerts) == 0 {
		return loaded, nil
	}
	if err := json.Unmarshal(c.Alerts, &loaded.alerts); err != nil {
		log.Error("alert states in the checkpoint not usable: all rules begin inactive", "component", "state", "err", err)
		loaded.alerts = savedAlerts{}
	}
	return loaded, nil
}

// checkpointWriter writes checkpoints: counts, positions and the states of the alerts.
type checkpointWriter struct {
	store    checkpoints
	engine   *alert.Engine
	notifier *notify.Notifier
	inputs   *inputs
}

// write returns when st and the states of the alerts are on disk.
func (w *checkpointWriter) write(st metrics.State) error {
	alerts, err := json.Marshal(savedAlerts{w.engine.State(), w.notifier.State()})
	if err != nil {
		return fmt.Errorf("save alert states: %w", err)
	}
	if err := w.store.Save(state.Checkpoint{Metrics: st, Alerts: alerts}); err != nil {
		return err
	}
	w.inputs.saved(st)
	return nil
}
