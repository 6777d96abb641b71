package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// receiver is a daemon that receives by HTTP and syslog.
type receiver struct {
	t                   *testing.T
	dir, page           string
	push, udp, tcp, tls string
	binary, config      string
	daemon              *exec.Cmd
}

func receive(t *testing.T) *receiver {
	t.Helper()
	dir := t.TempDir()
	r := &receiver{t: t, dir: dir, page: freePort(t), push: freePort(t), udp: freePort(t), tcp: freePort(t), tls: freePort(t)}
	cert, key := selfSigned(t, dir)
	r.config = write(t, dir, "config.yaml", fmt.Sprintf(`
sources:
  - {name: edge, http: {listen: %q}}
  - {name: lb, syslog: {listen: ["udp://%s", "tcp://%s", "tls://%s"], tls: {cert_file: %q, key_file: %q}}}
state: {directory: %q, interval: 200ms}
web: {listen: [%q]}
`, r.push, r.udp, r.tcp, r.tls, cert, key, filepath.Join(dir, "state"), r.page))
	r.binary = buildBinary(t, dir)
	r.run()
	return r
}

// run starts the daemon.
func (r *receiver) run() {
	r.t.Helper()
	r.daemon = start(r.t, r.dir, "wvwatch", r.binary, "run", "--config", r.config)
	waitReady(r.t, r.page)
}

// selfSigned returns the files of a certificate for 127.0.0.1 that openssl makes.
func selfSigned(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	cert, key = filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	out, err := exec.Command(need(t, "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
		"-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cert).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	return cert, key
}

// wants waits until the source has exactly these occurrences by code.
func (r *receiver) wants(source string, want map[string]int) {
	r.t.Helper()
	eventually(r.t, fmt.Sprintf("%v from %s", want, source), func() error {
		got := map[string]int{}
		for line := range strings.SplitSeq(fetch(r.t, "http://"+r.page+"/metrics"), "\n") {
			var n int
			rest, ok := strings.CutPrefix(line, "drm_extras_total{")
			if !ok || !strings.Contains(rest, `source="`+source+`"`) {
				continue
			}
			_, after, _ := strings.Cut(rest, `code="`)
			code, value, _ := strings.Cut(after, `"`)
			if _, err := fmt.Sscan(value[strings.LastIndexByte(value, ' ')+1:], &n); err == nil && n > 0 {
				got[code] += n
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("counted %v", got)
		}
		return nil
	})
}

// fetch returns the body of url; empty while there is none.
func fetch(t *testing.T, url string) string {
	t.Helper()
	out, err := exec.Command(need(t, "curl"), "--silent", "--max-time", "5", url).Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// upstream is a licence server that refuses every request with 4025.
func upstream(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Licence-Error", `{"errorCode":4025,"message":"Subscription expired."}`)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// request makes n licence requests at address.
func request(t *testing.T, address string, n int) {
	t.Helper()
	eventually(t, "an answer of "+address, func() error {
		res, err := http.Get("http://" + address + "/none")
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
	for range n {
		res, err := http.Post("http://"+address+"/T/wvls/v1/licenses", "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

func TestSendersNginx(t *testing.T) {
	program := need(t, "nginx")
	r, port, dir := receive(t), freePort(t), t.TempDir()
	config := write(t, dir, "nginx.conf", fmt.Sprintf(`
daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log; worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  log_format licence escape=json '{"time":"$time_iso8601","request":"$request","status":$status,"request_time":$request_time,'
                                 '"resp_body":"$upstream_http_x_licence_error"}';
  server {
    listen %[2]s;
    location /none { return 204; }
    location / { proxy_pass http://%[3]s; access_log syslog:server=%[4]s,tag=nginx licence; }
  }
}`, dir, port, upstream(t), r.udp))
	start(t, dir, "nginx", program, "-c", config, "-e", filepath.Join(dir, "early.log"))
	request(t, port, 20)
	r.wants("lb", map[string]int{"4025": 20})
}

func TestSendersHAProxy(t *testing.T) {
	program := need(t, "haproxy")
	r, port, dir := receive(t), freePort(t), t.TempDir()
	config := write(t, dir, "haproxy.cfg", fmt.Sprintf(`
global
  log %[1]s local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind %[2]s
  capture response header X-Licence-Error len 256
  http-request return status 204 if { path /none }
  default_backend b
backend b
  server s %[3]s
`, r.udp, port, upstream(t)))
	start(t, dir, "haproxy", program, "-db", "-f", config)
	request(t, port, 20)
	r.wants("lb", map[string]int{"4025": 20})
}

func TestSendersCurl(t *testing.T) {
	program := need(t, "curl")
	r := receive(t)
	file := write(t, r.dir, "access.log", strings.Repeat(`{"errorCode":6007,"message":"m"}`+"\n", 7)+`{"errorCode":4025,"message":"last"}`)
	for range 2 { // the second is a repetition
		if out, err := exec.Command(program, "--fail", "--silent", "--show-error", "--data-binary", "@"+file, "http://"+r.push+"/ingest").CombinedOutput(); err != nil {
			t.Fatalf("curl: %v\n%s", err, out)
		}
	}
	r.wants("edge", map[string]int{"6007": 7, "4025": 1})
}

// rsyslog follows a file and forwards it by TLS.
func TestSendersRsyslogTLS(t *testing.T) {
	program := need(t, "rsyslogd")
	drivers, err := filepath.Glob("/usr/lib/*/rsyslog/lmnsd_ossl.so")
	if err != nil || len(drivers) == 0 {
		t.Skip("rsyslog has no TLS: apt-get install rsyslog-openssl")
	}
	r, dir := receive(t), t.TempDir()
	host, port, _ := strings.Cut(r.tls, ":")
	file := write(t, dir, "app.log", "")
	config := write(t, dir, "rsyslog.conf", fmt.Sprintf(`
global(workDirectory=%[1]q defaultNetstreamDriverCAFile=%[2]q)
module(load="imfile" mode="inotify")
input(type="imfile" File=%[3]q Tag="proxy:")
action(type="omfwd" target=%[4]q port=%[5]q protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
       StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid")
`, dir, filepath.Join(r.dir, "server.crt"), file, host, port))
	start(t, dir, "rsyslogd", program, "-n", "-f", config, "-i", filepath.Join(dir, "pid"))
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 50 {
		if _, err := f.WriteString(`licence response {"errorCode":4025,"message":"m"}` + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	r.wants("lb", map[string]int{"4025": 50})
}

// sender returns a program that make integration or make integration-more builds.
func sender(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(os.Getenv("SENDERS"), name)
	if _, err := os.Stat(program); os.Getenv("SENDERS") == "" || err != nil {
		t.Skipf("%s is not built: make integration and make integration-more build the senders", name)
	}
	return program
}

// OpenTelemetry's exporter sends text and maps, in protobuf and gzip.
func TestSendersOTLP(t *testing.T) {
	program := sender(t, "otlp")
	r := receive(t)
	if out, err := exec.Command(program, "http://"+r.push+"/v1/logs", "1000").CombinedOutput(); err != nil {
		t.Fatalf("otlp: %v\n%s", err, out)
	}
	r.wants("edge", map[string]int{"4025": 500, "4015": 500})
}

// TestSendersOverKills kills the daemon while agents follow a file that grows: each line counts
// once, since an agent repeats what was not acknowledged, and the daemon knows repetitions.
func TestSendersOverKills(t *testing.T) {
	for _, tt := range []struct {
		name, program string
		config        func(file, dir, address string) (text string, arguments []string) // of the program; CONFIG is replaced by the text's file
	}{
		{"collector", "collector", func(file, _, address string) (string, []string) {
			return fmt.Sprintf(`
receivers: {filelog: {include: [%q], start_at: beginning, poll_interval: 100ms}}
exporters: {otlphttp: {logs_endpoint: "http://%s/v1/logs", retry_on_failure: {initial_interval: 200ms, max_interval: 1s}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [filelog], exporters: [otlphttp]}}
`, file, address), []string{"--config", "file:CONFIG"}
		}},
		{"vlagent", "vlagent", func(file, dir, address string) (string, []string) {
			return "", []string{"-tmpDataPath=" + filepath.Join(dir, "tmp"), "-httpListenAddr=127.0.0.1:0", "-fileCollector.glob=" + file,
				"-fileCollector.refreshInterval=1s", "-remoteWrite.url=http://" + address + "/ingest", "-remoteWrite.format=jsonline"}
		}},
		{"telegraf", "telegraf", func(file, _, address string) (string, []string) {
			return fmt.Sprintf(`
[agent]
  interval = "1s"
  flush_interval = "1s"
[[inputs.tail]]
  files = [%q]
  initial_read_offset = "beginning"
  data_format = "value"
  data_type = "string"
[[outputs.loki]]
  domain = "http://%s"
`, file, address), []string{"--config", "CONFIG"}
		}},
		{"Fluent Bit http", "fluent-bit", fluentBit(`
    name     http
    uri      /ingest
    format   json_lines
    compress gzip`)},
		{"Fluent Bit loki", "fluent-bit", fluentBit(`
    name     loki
    labels   app=licence-proxy`)},
		{"Fluent Bit opentelemetry", "fluent-bit", fluentBit(`
    name     opentelemetry
    logs_uri /v1/logs
    compress gzip
    logs_body_key $log`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program := sender(t, tt.program)
			r, dir := receive(t), t.TempDir()
			file := write(t, dir, "app.log", "")
			text, arguments := tt.config(file, dir, r.push)
			config := write(t, dir, "sender.conf", text)
			for i, a := range arguments {
				arguments[i] = strings.ReplaceAll(a, "CONFIG", config)
			}
			start(t, dir, "sender", program, arguments...)
			r.killsWhile(file)
		})
	}
}

// fluentBit returns the configuration of a Fluent Bit with an output. A comma in the name of the
// file would make it two.
func fluentBit(output string) func(file, dir, address string) (string, []string) {
	return func(file, _, address string) (string, []string) {
		host, port, _ := strings.Cut(address, ":")
		return fmt.Sprintf(`
[SERVICE]
    flush 0.2
    scheduler.base 1
    scheduler.cap 2
[INPUT]
    name           tail
    path           %s
    read_from_head on
    refresh_interval 1
[OUTPUT]
    match       *
    host        %s
    port        %s
    retry_limit no_limits%s
`, file, host, port, output), []string{"-c", "CONFIG"}
	}
}

// killsWhile appends lines to the file, kills the daemon and starts it again meanwhile, and
// wants that each line is counted once.
func (r *receiver) killsWhile(file string) {
	r.t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	want := map[string]int{}
	for round := range 4 {
		for i := range 500 {
			code := []string{"4006", "4025"}[i%2]
			want[code]++
			if _, err := fmt.Fprintf(f, `{"time":"%s","round":%d,"n":%d,"response":{"errorCode":%s,"message":"m"}}`+"\n", time.Now().Format(time.RFC3339Nano), round, i, code); err != nil {
				r.t.Fatal(err)
			}
			if i == 250 && round > 0 {
				stop(r.t, r.daemon, syscall.SIGKILL)
				r.run()
			}
			time.Sleep(2 * time.Millisecond) // as a proxy writes
		}
	}
	r.wants("edge", want)
}

// appendLines writes 1,000 lines with codes to a new file and returns its name.
func appendLines(t *testing.T, dir string) string {
	t.Helper()
	var lines strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&lines, `{"time":"%s","n":%d,"response":{"errorCode":%d,"message":"m"}}`+"\n", time.Now().Format(time.RFC3339Nano), i, []int{4006, 4025}[i%2])
	}
	return write(t, dir, "app.log", lines.String())
}

// A collector follows a file and exports it by OTLP.
func TestSendersCollector(t *testing.T) {
	program := sender(t, "collector")
	r, dir := receive(t), t.TempDir()
	config := write(t, dir, "collector.yaml", fmt.Sprintf(`
receivers: {filelog: {include: [%q], start_at: beginning}}
exporters: {otlphttp: {logs_endpoint: "http://%s/v1/logs"}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [filelog], exporters: [otlphttp]}}
`, appendLines(t, dir), r.push))
	start(t, dir, "collector", program, "--config", "file:"+config)
	r.wants("edge", map[string]int{"4006": 500, "4025": 500})
}

func TestSendersVlagent(t *testing.T) {
	program := sender(t, "vlagent")
	r, dir := receive(t), t.TempDir()
	p := start(t, dir, "vlagent", program, "-tmpDataPath="+filepath.Join(dir, "tmp"), "-httpListenAddr="+freePort(t), "-fileCollector.glob="+appendLines(t, dir),
		"-fileCollector.refreshInterval=1s", "-remoteWrite.url=http://"+r.push+"/ingest", "-remoteWrite.format=jsonline")
	r.wants("edge", map[string]int{"4006": 500, "4025": 500})
	stop(t, p, syscall.SIGTERM)
}

// Telegraf follows a file and sends what it reads to Loki's path, as its own JSON, and, where no
// line has a quote, as structured data of syslog.
func TestSendersTelegraf(t *testing.T) {
	program := sender(t, "telegraf")
	r, dir := receive(t), t.TempDir()
	run := func(file, output string) *exec.Cmd {
		config := write(t, dir, "telegraf.conf", fmt.Sprintf(`
[agent]
  interval = "1s"
  flush_interval = "1s"
[[inputs.tail]]
  files = [%q]
  initial_read_offset = "beginning"
  data_format = "value"
  data_type = "string"
`, file)+output)
		return start(t, dir, "telegraf", program, "--config", config)
	}
	for i, output := range []string{
		fmt.Sprintf("[[outputs.loki]]\n  domain = \"http://%s\"\n", r.push),
		fmt.Sprintf("[[outputs.http]]\n  url = \"http://%s/ingest\"\n  data_format = \"json\"\n", r.push),
	} {
		p := run(appendLines(t, dir), output)
		r.wants("edge", map[string]int{"4006": 500 * (i + 1), "4025": 500 * (i + 1)})
		stop(t, p, syscall.SIGTERM)
	}
	var lines strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&lines, "%s ERROR play %d denied extra=%d\n", time.Now().Format(time.RFC3339Nano), i, []int{4006, 4025}[i%2])
	}
	p := run(write(t, dir, "text.log", lines.String()), fmt.Sprintf("[[outputs.syslog]]\n  address = \"tcp://%s\"\n  default_sdid = \"default@32473\"\n", r.tcp))
	r.wants("lb", map[string]int{"4006": 500, "4025": 500})
	stop(t, p, syscall.SIGTERM)
}
