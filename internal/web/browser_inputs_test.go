package web

import (
	"strings"
	"testing"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/input"
)

// A source that receives over HTTP shows how, and what it rejected and dropped; a muted
// and an accepted alert are named as that.
func TestInputsMutedAccepted(t *testing.T) {
	axe := axeSource(t)
	w := newWorld(t, "edge", "player")
	w.happen("edge", 4025, 3)
	now := time.Now()
	stats := input.Stats{Kind: "http", Spooled: true}
	stats.Connections, stats.Batches, stats.Lines, stats.Bytes, stats.Last = 2, 41, 1234, 5_600_000, now.Add(-3*time.Second)
	stats.Rejected, stats.Dropped = map[string]uint64{"too_large": 3}, map[string]uint64{"spool_full": 7}
	stats.Spool.Bytes, stats.Spool.MaxBytes, stats.Repeats = 300_000_000, 400_000_000, 5
	labels := func(rule string) map[string]string {
		return map[string]string{"alertname": rule, "severity": "critical"}
	}
	w.states = []alert.Status{
		{Rule: "MutedRule", Severity: "critical", State: alert.Firing, ActiveSince: now, FiredAt: now, Sentence: "muted but firing", Labels: labels("MutedRule"), Muted: "deploys"},
		{Rule: "AcceptedRule", Severity: "critical", Accepted: now, Sentence: "accepted", Labels: labels("AcceptedRule")},
	}
	d := w.deps(t)
	d.Inputs = func() map[string]input.Stats { return map[string]input.Stats{"edge": stats} }
	d.Mutes = func(time.Time) []alert.Mute { return []alert.Mute{{Name: "deploys", Active: true, Muted: 1}} }
	b := browse(t, d)
	b.scheme("light")
	b.open()
	b.want(`document.querySelector('.alert.firing').textContent.includes('muted: deploys')`, "true")
	b.want(`document.querySelector('.alert.accepted .word').textContent`, "accepted")
	b.want(`document.querySelector('#alerts-count').textContent.includes('muted now: deploys')`, "true")
	b.want(`document.querySelector('.source[data-source="edge"] .below').textContent`, "HTTP · 2 connections · spool 75 % full · 7 dropped")
	b.want(`document.querySelector('.source[data-source="edge"]').className`, "source warn")
	b.click(`.source[data-source="edge"]`)
	b.until(`document.querySelector('#details').open`)
	body := b.eval(`document.querySelector('#details').innerText`)
	for _, part := range []string{"Input", "http", "Connections", "41, 1,234 records, 5.6 MB", "300 MB of 400 MB", "3 too large", "7 spool full"} {
		if !strings.Contains(body, part) {
			t.Errorf("the dialog does not say %q:\n%s", part, body)
		}
	}
	b.judge(axe, "input")
	b.shoot("inputs")
	b.eval(`document.querySelector('#details').close()`)
	b.shoot("muted")
	b.quiet()
}
