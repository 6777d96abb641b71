package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// An alert that fires when the daemon gets a name goes on under it: the old one
// ends for its receivers, and nothing begins. That is also the upgrade from a
// version that had no names, and kept less of an alert.
func TestUpgradeInMidAlert(t *testing.T) {
	cat := catalogue(t)
	var old Saved
	if err := json.Unmarshal([]byte(`{"rules":[{"rule":"KeyManagerFailing","severity":"critical","state":"firing",
		"active_since":"2026-11-23T11:50:00Z","fired_at":"2026-11-23T11:51:00Z","last_held":"2026-11-23T11:59:59Z","value":12,"threshold":6,
		"sentence":"since 11:50:00 (9 min): 12 x 6007","labels":{"alertname":"KeyManagerFailing","category":"key-manager","drm":"widevine","severity":"critical"},
		"annotations":{"summary":"KeyManagerFailing: 12 x widevine 6007"}}]}`), &old); err != nil {
		t.Fatal(err)
	}
	e, err := New([]RuleConfig{keyManager(0, 0)}, cat, Options{Settings: Settings{ExternalLabels: map[string]string{"instance": "fra1-a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Restore(old); err != nil {
		t.Fatal(err)
	}
	l := &log{cat: cat, stepped: true}
	for m := range 15 {
		l.burst(time.Duration(m-9)*min1, "proxy", 6007, 12)
	}
	if got := l.run(e, min1); got != nil {
		t.Errorf("transitions %v", got)
	}
	alerts := e.Alerts()
	if len(alerts) != 2 || alerts[0].ResolvedAt.IsZero() || alerts[0].Labels["instance"] != "" || !alerts[1].ResolvedAt.IsZero() || alerts[1].Labels["instance"] != "fra1-a" {
		t.Fatalf("alerts %+v", alerts)
	}
	if !alerts[1].StartsAt.Equal(noon.Add(-9 * min1)) {
		t.Errorf("began at %s", alerts[1].StartsAt)
	}
	if text := alerts[0].Annotations["summary"]; !strings.Contains(text, "goes on under other labels") {
		t.Errorf("of the old one: %s", text)
	}
	// What the windows still hold of the time before the upgrade is counted.
	if text := alerts[1].Annotations["description"]; !strings.HasPrefix(text, "on fra1-a, since 11:50:00 UTC 23 Nov (11 min): 13") {
		t.Errorf("of the new one: %s", text)
	}
}

func TestIdentity(t *testing.T) {
	configured := map[string]string{"cluster": "fra1"}
	if got := Identity(configured); got["instance"] == "" || got["cluster"] != "fra1" || len(configured) != 1 {
		t.Errorf("got %v, configured %v", got, configured)
	}
	if got := Identity(map[string]string{"instance": "a"}); got["instance"] != "a" {
		t.Errorf("got %v", got)
	}
	// A label of the rule's own wins.
	r := keyManager(0, 0)
	r.Labels = map[string]string{"cluster": "mine"}
	e, err := New([]RuleConfig{r}, catalogue(t), Options{Settings: Settings{ExternalLabels: map[string]string{"cluster": "fra1", "instance": "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if l := e.States()[0].Labels; l["cluster"] != "mine" || l["instance"] != "a" || l["alertname"] != "KeyManagerFailing" {
		t.Errorf("labels %v", l)
	}
}
