package parser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// liveServer is a proxy that is run with a configuration, before a licence server.
type liveServer struct {
	name    string
	program string // of the Debian package of the same name
	config  string // $PORT, $UPSTREAM, $DIR and $SYSLOG are replaced
	args    []string
	logs    []string // files in $DIR, each of which holds all requests
}

var liveServers = []liveServer{
	{"nginx", "nginx", `
daemon off; master_process off; pid $DIR/pid; error_log $DIR/error.log;
events {}
http {
  log_format text '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "-" "$http_user_agent" rt=$request_time xerr="$upstream_http_x_licence_error"';
  log_format json escape=json '{"time":"$time_iso8601","request":"$request","status":$status,"request_time":$request_time,"resp_body":"$upstream_http_x_licence_error"}';
  client_body_temp_path $DIR/b; proxy_temp_path $DIR/p; fastcgi_temp_path $DIR/f; uwsgi_temp_path $DIR/u; scgi_temp_path $DIR/s;
  server { listen 127.0.0.1:$PORT; access_log $DIR/text.log text; access_log $DIR/json.log json; location / { proxy_pass http://$UPSTREAM; } }
}
`, []string{"-c", "$DIR/config", "-p", "$DIR"}, []string{"text.log", "json.log"}},
	{"HAProxy and rsyslog", "haproxy", `
global
  log $SYSLOG local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:$PORT
  capture response header X-Licence-Error len 256
  default_backend b
backend b
  server s $UPSTREAM
`, []string{"-db", "-f", "$DIR/config"}, []string{"syslog.log"}},
	{"Apache", "apache2", `
ServerRoot $DIR
ServerName localhost
PidFile $DIR/pid
Listen 127.0.0.1:$PORT
User www-data
Group www-data
ErrorLog $DIR/error.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
DefaultRuntimeDir $DIR
LogFormat "%h %l %u %t \"%r\" %>s %O \"-\" \"%{User-Agent}i\" %D \"%{X-Licence-Error}o\"" body
CustomLog $DIR/access.log body
ProxyPass / http://$UPSTREAM/
`, []string{"-f", "$DIR/config", "-D", "FOREGROUND"}, []string{"access.log"}},
	{"Caddy", "caddy", `
{
  admin off
  auto_https off
}
http://127.0.0.1:$PORT {
  log {
    output file $DIR/access.log
    format json
  }
  reverse_proxy $UPSTREAM
}
`, []string{"run", "--config", "$DIR/config", "--adapter", "caddyfile"}, []string{"access.log"}},
}

// liveRequests are what is asked of the stub: each path names the answer.
var liveRequests = []struct {
	path   string
	status int
	code   int
}{
	{"/T1/wvls/contentlicenseservice/v1/licenses", 400, 4025},
	{"/T1/wvls/contentlicenseservice/v1/licenses", 400, 4006},
	{"/T2/wvls/contentlicenseservice/v1/licenses", 400, 1007},
	{"/T2/prls/contentlicenseservice/v1/licenses", 400, 4015},
	{"/T1/wvls/contentlicenseservice/v1/licenses", 200, 0},
	{"/T1/wvls/contentlicenseservice/v1/licenses", 500, 6007},
}

var liveWant = found{
	requests: []string{"widevine refused", "widevine refused", "widevine refused", "playready refused", "widevine granted", "widevine failed"},
	events:   [][2]string{{"widevine 4025"}, {"widevine 4006"}, {"widevine 1007"}, {"playready 4015"}, {"widevine 6007"}},
}

// TestLiveServers runs real proxies before a licence server that refuses, and reads
// what they log: every refusal counts once, for its server, with its request.
func TestLiveServers(t *testing.T) {
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status, code int
		if _, err := fmt.Sscanf(r.Header.Get("X-Answer"), "%d %d", &status, &code); err != nil {
			status = http.StatusTeapot
		}
		if code != 0 {
			body := fmt.Sprintf(`{"status":"UNGRANTED_REQUEST","code":%d,"errorCode":%d,"message":"Invalid request"}`, status, code)
			w.Header().Set("X-Licence-Error", body)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
		w.WriteHeader(status)
	}))
	defer stub.Close()
	for _, s := range liveServers {
		t.Run(s.name, func(t *testing.T) {
			program, err := exec.LookPath(s.program)
			if err != nil {
				if program, err = exec.LookPath("/usr/sbin/" + s.program); err != nil {
					t.Skipf("no %s here (apt-get install %s)", s.program, s.program)
				}
			}
			dir := t.TempDir()
			port := freePort(t)
			values := strings.NewReplacer("$PORT", port, "$UPSTREAM", stub.Listener.Addr().String(), "$DIR", dir, "$SYSLOG", liveSyslog(t, s, dir))
			if err := os.WriteFile(filepath.Join(dir, "config"), []byte(values.Replace(s.config)), 0o644); err != nil {
				t.Fatal(err)
			}
			var args []string
			for _, a := range s.args {
				args = append(args, values.Replace(a))
			}
			output := runUntilDone(t, dir, program, args...)
			askAll(t, "http://127.0.0.1:"+port, output)
			for _, log := range s.logs {
				readLive(t, filepath.Join(dir, log))
			}
		})
	}
}

// runUntilDone starts a program that is killed at the end of the test.
func runUntilDone(t *testing.T, dir, program string, args ...string) *bytes.Buffer {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	return &output
}

// liveSyslog starts rsyslog for a proxy that logs there and returns its address.
func liveSyslog(t *testing.T, s liveServer, dir string) string {
	t.Helper()
	if !strings.Contains(s.config, "$SYSLOG") {
		return ""
	}
	program, err := exec.LookPath("rsyslogd")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/rsyslogd"); err != nil {
			t.Skip("no rsyslogd here (apt-get install rsyslog)")
		}
	}
	port := freePort(t)
	config := filepath.Join(dir, "rsyslog.conf")
	text := fmt.Sprintf("module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"%s\")\nglobal(workDirectory=\"%s\")\n*.* %s/syslog.log\n", port, dir, dir)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	runUntilDone(t, dir, program, "-n", "-f", config, "-i", filepath.Join(dir, "rsyslog.pid"))
	awaitUDP(t, port)
	return "127.0.0.1:" + port
}

// awaitUDP waits until a socket has a UDP port of 127.0.0.1. The kernel's list is read:
// an attempt to bind the port could take it from the program that is starting.
func awaitUDP(t *testing.T, port string) {
	t.Helper()
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	socket := fmt.Sprintf(" 0100007F:%04X ", n)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		sockets, err := os.ReadFile("/proc/net/udp")
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sockets, []byte(socket)) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("nothing has port %s of UDP:\n%s", port, sockets)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// askAll sends the requests, once the proxy answers.
func askAll(t *testing.T, url string, output *bytes.Buffer) {
	t.Helper()
	ready := time.Now().Add(10 * time.Second)
	for {
		c, err := net.DialTimeout("tcp", strings.TrimPrefix(url, "http://"), time.Second)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(ready) {
			t.Fatalf("does not listen: %v\n%s", err, output)
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, q := range liveRequests {
		req, err := http.NewRequest(http.MethodPost, url+q.path, strings.NewReader("challenge"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Answer", fmt.Sprintf("%d %d", q.status, q.code))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != q.status {
			t.Fatalf("%s: status %d, not %d", q.path, resp.StatusCode, q.status)
		}
	}
}

// readLive waits for a log to hold all requests and compares what is found in it.
func readLive(t *testing.T, file string) {
	t.Helper()
	cat := mustCatalogue(t)
	var got found
	var lines []byte
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		lines, _ = os.ReadFile(file)
		lines = lines[:bytes.LastIndexByte(lines, '\n')+1]
		if got = collect(t, cat, Config{}, lines, 1<<20); len(got.requests) >= len(liveWant.requests) {
			break
		}
	}
	compare(t, "requests", liveWant.requests, got.requests)
	var want, events []string
	for _, e := range liveWant.events {
		want = append(want, e[0])
	}
	for _, e := range got.events {
		events = append(events, e[0][:strings.LastIndexByte(e[0], ' ')])
	}
	slices.Sort(events)
	compare(t, "codes", want, events)
	if t.Failed() {
		t.Logf("%s:\n%s", filepath.Base(file), lines)
	}
}
