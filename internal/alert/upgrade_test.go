package alert

import (
	"encoding/json"
	"testing"
	"time"
)

// A checkpoint of the earlier detector is read in the middle of an alert: what it had
// learnt is not taken over, and the alert fires on, since the windows of the last hour
// show its outage. One that is over ends.
func TestCheckpointOfTheEarlierDetector(t *testing.T) {
	const earlier = `{"rules":[{"rule":"KeyManagerSpike","severity":"critical","state":"firing","active_since":"2026-11-23T13:30:05Z",
		"fired_at":"2026-11-23T13:30:05Z","last_held":"2026-11-23T13:40:00Z","value":14,"threshold":12,"sentence":"since 13:30:05",
		"labels":{"alertname":"KeyManagerSpike","category":"key-manager","drm":"widevine","severity":"critical"}}],
		"learnt":[{"rule":"KeyManagerSpike","fingerprint":"[\"spike\",{\"Codes\":null,\"Categories\":[\"key-manager\"],\"Severities\":null,\"Outcomes\":null,\"DRMs\":null,\"Sources\":null},null,0]",
		"state":{"tape":{"last":179542200,"from":179541480,"seen":[]},"detector":{"baseline":{"y":3,"e":7200,"t":7200},"last":179542200}}}]}`
	for _, tt := range []struct {
		name  string
		until time.Duration // the outage
		want  State
	}{{"going on", 3 * 60 * min1, Firing}, {"over", 92 * min1, Inactive}} {
		l := &log{cat: catalogue(t), stepped: true, now: 101 * min1}
		l.grants(60*min1, 3*60*min1, 20)
		l.fails(90*min1, tt.until, 20)
		var st Saved
		if err := json.Unmarshal([]byte(earlier), &st); err != nil {
			t.Fatal(err)
		}
		e := newEngine(t, l.cat, spiky("page", ""))
		if err := e.Restore(st); err != nil {
			t.Fatal(err)
		}
		l.behind = []string{"proxy"}
		if got := l.run(e, 102*min1); got != nil {
			t.Errorf("%s: while catching up: %v", tt.name, got)
		}
		l.behind = nil
		got := l.run(e, 110*min1)
		if s := e.States()[0]; s.State != tt.want || (got == nil) != (tt.want == Firing) {
			t.Errorf("%s: %s, %v", tt.name, s.State, got)
		}
	}
}
