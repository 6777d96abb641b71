package notify

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/alert"
)

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// process is an Alertmanager process that can be stopped and started again.
type process struct {
	t       *testing.T
	program string
	dir     string
	address string
	stop    func()
}

func startable(t *testing.T) *process {
	program, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("no prometheus-alertmanager in the path: install Debian's package of that name to run this test")
	}
	dir := t.TempDir()
	config := "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	return &process{t: t, program: program, dir: dir, address: address}
}

func (r *process) start() {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, r.program, "--config.file="+filepath.Join(r.dir, "config.yml"),
		"--storage.path="+filepath.Join(r.dir, "data"), "--cluster.listen-address=",
		"--web.listen-address="+r.address, "--web.route-prefix=/am")
	if err := cmd.Start(); err != nil {
		cancel()
		r.t.Fatal(err)
	}
	r.stop = func() { cancel(); _ = cmd.Wait() }
	r.t.Cleanup(r.stop)
	r.await("ready", func() bool { _, err := r.get("/-/ready"); return err == nil })
}

func (r *process) get(path string) ([]byte, error) {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + r.address + "/am" + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %s", resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// alerts returns what fires by the Alertmanager's word, by name.
func (r *process) alerts() map[string]postable {
	b, err := r.get("/api/v2/alerts")
	if err != nil {
		return nil
	}
	var list []postable
	if err := json.Unmarshal(b, &list); err != nil {
		r.t.Error(err)
	}
	byName := make(map[string]postable)
	for _, a := range list {
		byName[a.Labels["alertname"]] = a
	}
	return byName
}

// await asks until a thing is so: the process is a real one, on real time.
func (r *process) await(what string, so func() bool) {
	r.t.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-poll.C {
		if so() {
			return
		}
	}
	r.t.Fatalf("not within 20 s: %s", what)
}

func TestRealAlertmanager(t *testing.T) {
	am := startable(t)
	am.start()
	c := Config{Alertmanager: AlertmanagerConfig{URLs: []string{"http://" + am.address + "/am/"}}}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	n, err := New(c, Options{GeneratorURL: "http://127.0.0.1:9477/"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- n.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	began := time.Now().Add(-time.Minute).UTC().Truncate(time.Millisecond)
	n.Send([]alert.Alert{firing("KeyManagerFailing", began), firing("Other", began)})
	am.await("both alerts fire", func() bool { return len(am.alerts()) == 2 })
	a := am.alerts()["KeyManagerFailing"]
	if !a.StartsAt.Equal(began) || time.Until(a.EndsAt) < 3*time.Minute || a.Labels["severity"] != "critical" ||
		a.Annotations["summary"] != "it burns" || !strings.HasPrefix(a.GeneratorURL, "http://127.0.0.1:9477/#alert=KeyManagerFailing&at=20") {
		t.Errorf("it says %+v", a)
	}

	// It is stopped; one alert ends meanwhile; it comes back.
	am.stop()
	n.Send([]alert.Alert{resolved("Other", began, time.Now()), firing("KeyManagerFailing", began), firing("New", began)})
	am.await("a failed attempt is counted", func() bool { return numbers(n, 0).failed > 0 })
	am.start()
	am.await("the new alert fires", func() bool { _, ok := am.alerts()["New"]; return ok })
	n.Send([]alert.Alert{resolved("KeyManagerFailing", began, time.Now())})
	am.await("only the new alert fires", func() bool {
		alerts := am.alerts()
		_, ok := alerts["New"]
		return ok && len(alerts) == 1
	})
	if now := numbers(n, 0); now.rejected != 0 || now.dropped != 0 {
		t.Errorf("counts %+v", now)
	}
}
