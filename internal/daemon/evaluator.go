package daemon

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/metrics"
)

// alertTick is how often the rules are evaluated. An evaluation costs microseconds,
// and a longer interval would delay the alerts.
const alertTick = time.Second

// evaluator evaluates the rules, hands the alerts to the receivers, and notifies the
// service manager that it still does.
type evaluator struct {
	ledger    *metrics.Ledger
	engine    *alert.Engine
	notifier  *notify.Notifier
	inputs    *inputs
	follower  *follower
	publisher *publisher
	requests  saveRequests
	group     *group                   // nil for none
	observe   func([]alert.Transition) // nil for none
	log       *slog.Logger
}

// run evaluates until ctx is done.
func (e *evaluator) run(ctx context.Context) error {
	tick := time.NewTicker(alertTick)
	defer tick.Stop()
	backlogs, offsets, overflows := backlogs{log: e.log}, offsets{log: e.log}, overflows{log: e.log}
	lates := lates{log: e.log}
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if e.group.held() {
				notifySystemd("WATCHDOG=1")
				continue // another member may evaluate by now
			}
			behind := e.follower.behind()
			backlogs.tell(now, behind, e.follower.stats())
			e.evaluate(ctx, now, behind)
			overflows.look(now, e.ledger.Snapshot(now).LabelOverflow())
			offsets.look(now, e.follower.names(), e.follower.lags.Of)
			lates.look(e.follower.names(), e.follower.lags.Lateness, e.engine.Shorter)
			e.publisher.look(now)
			if e.inputs.pressing() {
				e.requests.soon()
			}
			notifySystemd("WATCHDOG=1")
		}
	}
}

// evaluate evaluates the rules at now. behind names the sources that read a backlog.
func (e *evaluator) evaluate(ctx context.Context, now time.Time, behind []string) {
	e.ledger.Settle(now, func(source string) bool { return slices.Contains(behind, source) }, e.follower.lags.Lateness)
	changes := e.engine.Evaluate(now, alert.Ledger{Snapshot: e.ledger.Snapshot(now), Behind: behind})
	if e.engine.Active() {
		e.ledger.Alerting(now)
	}
	if len(changes) > 0 {
		// States are saved before alerts are sent: a daemon that is killed must
		// know at its next start what it has sent. A disk that hangs must not keep an
		// alert back for longer than a tick.
		e.requests.wait(ctx, alertTick)
	}
	if e.group.held() {
		return
	}
	e.notifier.Send(e.engine.Alerts())
	if e.observe != nil && len(changes) > 0 {
		e.observe(changes)
	}
}

// accept ends alerts that a person accepts as normal.
func (e *evaluator) accept(_ context.Context, rule string, labels map[string]string) ([]map[string]string, error) {
	ended, err := e.engine.Accept(rule, labels)
	if err == nil {
		e.log.Info("alert accepted", "component", "alert", "rule", rule, "alerts", len(ended))
	}
	return ended, err
}
