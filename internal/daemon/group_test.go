package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/config"
	"wvwatch/internal/input/kafka/kafkatest"
)

// member is a daemon of a group, and its address.
type member struct {
	*Daemon
	url  string
	stop func() error
}

func runMember(t *testing.T, cluster *kafkatest.Cluster) *member {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	text := fmt.Sprintf(`
sources: [{name: bus, kafka: {brokers: ["%s"], topics: [logs], group: g, start: beginning}}]
state: {kafka: true, interval: 200ms}
alerts: [{name: Denied, match: {codes: [4025]}, when: {per_minute: 0.2, over: 5m}}]
web: {listen: ["127.0.0.1:0"]}
`, cluster.Brokers[0])
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := New(Options{Load: func() (*config.Config, error) { return config.Load(file, nil) }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	m := &member{Daemon: d, url: d.URLs()[0]}
	ended := false
	m.stop = func() error {
		if ended {
			return nil
		}
		ended = true
		cancel()
		return <-done
	}
	t.Cleanup(func() { _ = m.stop() })
	return m
}

// get returns the status and the body of a path.
func (m *member) get(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := http.Get(m.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// value returns the value of a series; empty where there is none.
func value(exposition, series string) string {
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(exposition)
	if found == nil {
		return ""
	}
	return found[1]
}

const extras = `drm_extras_total{category="entitlement",code="4025",drm="widevine",severity="info",source="bus"}`

func awaitValue(t *testing.T, m *member, series, want string) {
	t.Helper()
	last := ""
	for until := time.Now().Add(40 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		var status int
		if status, last = m.get(t, "/metrics"); status == http.StatusOK && value(last, series) == want {
			return
		}
	}
	t.Fatalf("%s is not %s but %q", series, want, value(last, series))
}

// firing returns since when the alert fires; zero for not.
func firing(m *member) time.Time { return m.States()[0].FiredAt }

// A standby shows itself and no counts; when the leader ends it goes on with its counts
// and alerts.
func TestStandbyTakesOver(t *testing.T) {
	cluster := kafkatest.New(t, 2, "logs")
	cluster.Send("logs", `{"errorCode":4025}`, `{"errorCode":4025}`)
	leader := runMember(t, cluster)
	awaitValue(t, leader, extras, "2")
	awaitValue(t, leader, "wvwatch_leader", "1")
	awaitValue(t, leader, `wvwatch_kafka_lag_records{source="bus"}`, "0")
	standby := runMember(t, cluster)
	awaitValue(t, standby, "wvwatch_leader", "0")
	if _, body := standby.get(t, "/metrics"); strings.Contains(body, "drm_") || strings.Contains(body, "wvwatch_lines") {
		t.Error("a standby shows counts")
	}
	if status, body := standby.get(t, "/-/ready"); status != http.StatusOK || body != "standby\n" {
		t.Errorf("a standby is ready: %d %q", status, body)
	}
	if _, body := standby.get(t, "/api/v1/status"); !strings.Contains(body, `"role":"standby"`) {
		t.Errorf("a standby's status: %.300s", body)
	}
	cluster.Send("logs", `{"errorCode":4025}`)
	awaitValue(t, leader, extras, "3")
	firedAt := firing(leader)
	for until := time.Now().Add(40 * time.Second); firedAt.IsZero() && time.Now().Before(until); firedAt = firing(leader) {
		time.Sleep(20 * time.Millisecond)
	}
	if err := leader.stop(); err != nil {
		t.Fatal(err)
	}
	cluster.Send("logs", `{"errorCode":4025}`)
	awaitValue(t, standby, extras, "4")
	awaitValue(t, standby, "wvwatch_leader", "1")
	if got := firing(standby); !got.Equal(firedAt) || got.IsZero() {
		t.Errorf("the alert of the last leader fires since %s, not %s", got, firedAt)
	}
	if status, body := standby.get(t, "/-/ready"); status != http.StatusOK || body != "ready\n" {
		t.Errorf("a leader is ready: %d %q", status, body)
	}
}

// docs/kafka.md lists the series of sources that read Kafka, and of members of a group.
func TestKafkaDoc(t *testing.T) {
	text, err := os.ReadFile("../../docs/kafka.md")
	if err != nil {
		t.Fatal(err)
	}
	leader := runMember(t, kafkatest.New(t, 1, "logs"))
	awaitValue(t, leader, "wvwatch_leader", "1")
	_, exposition := leader.get(t, "/metrics")
	described := regexp.MustCompile("(?m)^\\| `(wvwatch_[a-z_]+)(?:{source}|)` \\| (gauge|counter) \\|").FindAllStringSubmatch(string(text), -1)
	known := map[string]string{}
	for _, row := range described {
		known[row[1]] = row[2]
	}
	for _, row := range regexp.MustCompile(`(?m)^# TYPE (wvwatch_(?:kafka_\S+|leader|standbys)) (\S+)$`).FindAllStringSubmatch(exposition, -1) {
		if known[row[1]] != row[2] {
			t.Errorf("%s is a %s, docs/kafka.md says %q", row[1], row[2], known[row[1]])
		}
		delete(known, row[1])
	}
	for name := range known {
		t.Errorf("docs/kafka.md has %s, which is not exported", name)
	}
}
