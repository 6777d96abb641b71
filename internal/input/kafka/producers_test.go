package kafka

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// program returns the path of a program; without it the test is skipped.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin") {
		if path := filepath.Join(dir, name); isFile(path) {
			return path
		}
	}
	t.Skipf("no %s here (apt-get install %s)", name, debian)
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// kcat compresses by each codec that librdkafka has; each line is a record.
func TestKcat(t *testing.T) {
	kcat := program(t, "kcat", "kcat")
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		t.Run(codec, func(t *testing.T) {
			_, cfg := fakeCluster(t, kfake.SeedTopics(2, "logs"))
			var want []string
			for i := range 1000 {
				want = append(want, fmt.Sprintf(`{"n":%d,"errorCode":4025}`, i))
			}
			cmd := exec.Command(kcat, "-b", cfg.Brokers[0], "-t", "logs", "-P", "-z", codec)
			cmd.Stdin = strings.NewReader(strings.Join(want, "\n") + "\n")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			l := newLedger()
			r, _ := start(t, cfg, l)
			wait(t, "the end", caughtUp(r))
			wantLines(t, l.checkpoint().lines, want)
		})
	}
}

// rsyslog's omkafka sends each message with a header of syslog.
func TestRsyslog(t *testing.T) {
	rsyslogd := program(t, "rsyslogd", "rsyslog")
	if found, err := filepath.Glob("/usr/lib/*/rsyslog/omkafka.so"); err != nil || len(found) == 0 {
		t.Skip("no omkafka here (apt-get install rsyslog-kafka)")
	}
	_, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"))
	dir := t.TempDir()
	input, file := filepath.Join(dir, "proxy.log"), filepath.Join(dir, "rsyslog.conf")
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprintf(`{"n":%d,"errorCode":4025}`, i))
	}
	if err := os.WriteFile(input, []byte(strings.Join(want, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf(`global(workDirectory="%s")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omkafka")
input(type="imfile" file="%s" tag="proxy")
action(type="omkafka" broker=["%s"] topic="logs" template="RSYSLOG_SyslogProtocol23Format")
`, dir, input, cfg.Brokers[0])
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(rsyslogd, "-n", "-f", file, "-i", filepath.Join(dir, "pid"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	l := newLedger()
	start(t, cfg, l)
	wait(t, "all messages", func() bool { return l.count() == len(want) })
	for i, line := range l.checkpoint().lines {
		if !strings.HasPrefix(line, "<") || !strings.HasSuffix(line, want[i]) {
			t.Fatalf("message %d is %q", i, line)
		}
	}
}
