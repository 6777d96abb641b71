package syslog

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/tailer"
)

// sink keeps the lines that are read from a spool.
type sink struct {
	mu           sync.Mutex
	lines, found []byte
	at           int64
}

func (s *sink) Parse(b tailer.Batch) int {
	s.found = append(s.found[:0], b.Lines...)
	return len(b.Lines)
}

func (s *sink) Commit(p tailer.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines, s.at = append(s.lines, s.found...), p.Offset
}

func (s *sink) Forget(tailer.ID) {}

func (s *sink) read() (lines []string, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range bytes.Lines(s.lines) {
		lines = append(lines, strings.TrimSuffix(string(line), "\n"))
	}
	return lines, s.at
}

// world is a server that runs on a spool that is read.
type world struct {
	t       *testing.T
	addrs   []string
	sink    *sink
	spool   *spool.Spool
	traffic traffic.Counter
	stop    func()
}

func start(t *testing.T, cfg Config, o spool.Options) *world {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	o.Delay = time.Millisecond
	s, err := spool.Open(t.TempDir(), 0, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, sink: &sink{}, spool: s}
	server, err := Listen(cfg, s, &w.traffic, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range server.Addrs() {
		w.addrs = append(w.addrs, a.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = s.Run(ctx) })
	work.Go(func() { _ = spool.NewReader(s, "lb", 0, tailer.Counts{}, w.sink).Run(ctx) })
	work.Go(func() {
		if err := server.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	w.stop = sync.OnceFunc(func() { cancel(); work.Wait() })
	t.Cleanup(w.stop)
	return w
}

// eventually waits until ok returns true.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	for until := time.Now().Add(15 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			lines, _ := w.sink.read()
			w.t.Fatalf("%s: read %d lines, the first are %.300q; %+v", what, len(lines), lines[:min(3, len(lines))], w.traffic.Stats())
		}
	}
}

// wants waits until exactly these lines were read.
func (w *world) wants(want ...string) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("want %.300q", want), func() bool {
		got, _ := w.sink.read()
		return fmt.Sprintf("%q", got) == fmt.Sprintf("%q", want)
	})
}

func (w *world) dial(network string, i int) net.Conn {
	w.t.Helper()
	c, err := net.Dial(network, w.addrs[i])
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestTCP(t *testing.T) {
	w := start(t, Config{Listen: []string{"tcp://127.0.0.1:0"}}, spool.Options{})
	lines, counted := w.dial("tcp", 0), w.dial("tcp", 0)
	send(t, lines, "<34>a\n<34>b")
	w.wants("<34>a")
	send(t, counted, "5 <34>c6 <34")
	w.wants("<34>a", "<34>c")
	send(t, counted, ">d\n")
	w.wants("<34>a", "<34>c", "<34>d")
	if n := w.traffic.Connections(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
	_ = lines.Close() // the rest of it is a message
	w.wants("<34>a", "<34>c", "<34>d", "<34>b")
	w.eventually("one connection", func() bool { return w.traffic.Connections() == 1 })
	if st := w.traffic.Stats(); st.Lines != 4 || len(st.Dropped) > 0 {
		t.Errorf("%+v", st)
	}
}

func TestUDP(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		if c, err := net.ListenPacket("udp", host+":0"); err != nil {
			t.Logf("no %s here: %v", host, err)
			continue
		} else {
			_ = c.Close()
		}
		w := start(t, Config{Listen: []string{"udp://" + host + ":0"}}, spool.Options{})
		c := w.dial("udp", 0)
		large := "<34>" + strings.Repeat("x", 60_000)
		want := []string{"<34>a", "<34>b", "more", "12 c", large}
		for _, message := range []string{"<34>a", "<34>b\nmore\n", "12 c\x00", "\n", large} {
			send(t, c, message)
		}
		w.wants(want...)
	}
}

// What the kernel drops from the queue of the socket is counted exactly.
func TestKernelDrops(t *testing.T) {
	w := start(t, Config{Listen: []string{"udp://127.0.0.1:0"}}, spool.Options{})
	c := w.dial("udp", 0)
	// While the lock of the spool is held elsewhere nothing is read from the socket.
	w.sink.mu.Lock()
	sent := uint64(0)
	text := strings.Repeat("x", 8000)
	for range 20_000 {
		if _, err := c.Write([]byte(text)); err == nil {
			sent++
		}
	}
	w.sink.mu.Unlock()
	last := uint64(0)
	w.eventually("all accounted for", func() bool {
		time.Sleep(20 * time.Millisecond)
		if _, err := c.Write([]byte("end")); err == nil { // the count comes with the next datagram
			last++
		}
		st := w.traffic.Stats()
		return st.Lines+st.Dropped[traffic.Kernel] >= sent+last
	})
	st := w.traffic.Stats()
	if got := st.Lines + st.Dropped[traffic.Kernel]; got != sent+last {
		t.Errorf("%d read and %d dropped, %d sent", st.Lines, st.Dropped[traffic.Kernel], sent+last)
	}
	if st.Dropped[traffic.Kernel] == 0 {
		t.Skip("the kernel dropped nothing: the reader was fast enough")
	}
	t.Logf("%d read, %d dropped", st.Lines, st.Dropped[traffic.Kernel])
}

// A full spool makes TCP wait, and drops datagrams that are counted; both go on when
// there is room.
func TestFull(t *testing.T) {
	w := start(t, Config{Listen: []string{"tcp://127.0.0.1:0", "udp://127.0.0.1:0"}}, spool.Options{MaxBytes: 300_000, Segment: 20_000})
	c, u := w.dial("tcp", 0), w.dial("udp", 1)
	line := "<34>" + strings.Repeat("x", 995) + "\n"
	const total = 2000
	written := make(chan error, 1)
	go func() {
		_, err := c.Write([]byte(strings.Repeat(line, total)))
		written <- err
	}()
	w.eventually("the spool is full", func() bool { return w.spool.Stats().Bytes > 300_000*3/4 })
	sent := uint64(0)
	w.eventually("datagrams are dropped", func() bool {
		send(t, u, line)
		sent++
		return w.traffic.Stats().Dropped[traffic.Full] > 10
	})
	w.eventually("datagrams are accounted for", func() bool {
		got, _ := w.sink.read()
		st := w.traffic.Stats()
		return st.Lines == uint64(len(got)) // all that was accepted is read
	})
	w.eventually("all of TCP", func() bool {
		_, at := w.sink.read()
		if err := w.spool.Saved(at); err != nil {
			t.Fatal(err)
		}
		st := w.traffic.Stats()
		return st.Lines+st.Dropped[traffic.Full] == total+sent
	})
	if err := <-written; err != nil {
		t.Error(err)
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	w := start(t, Config{Listen: []string{"tcp://127.0.0.1:0"}, MaxConnections: 3}, spool.Options{})
	var open []net.Conn
	for range 10 {
		open = append(open, w.dial("tcp", 0))
	}
	w.eventually("seven are refused", func() bool { return w.traffic.Stats().Rejected[traffic.TooMany] == 7 })
	for _, c := range open {
		_ = c.Close()
	}
	w.eventually("none is left", func() bool { return w.traffic.Connections() == 0 })
	send(t, w.dial("tcp", 0), "<34>a\n")
	w.wants("<34>a")
}

// certificate writes a certificate and its key, signed by itself, and returns the files.
func certificate(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: packed}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir, "server")
	clientCert, clientKey := certificate(t, dir, "client")
	w := start(t, Config{Listen: []string{"tls://127.0.0.1:0"}, TLS: TLSConfig{CertFile: cert, KeyFile: key, ClientCAFile: clientCert}}, spool.Options{})
	pair, err := tls.LoadX509KeyPair(clientCert, clientKey)
	if err != nil {
		t.Fatal(err)
	}
	send(t, tls.Client(w.dial("tcp", 0), &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}}), "<34>a\n") //nolint:gosec // the certificate is the test's own
	w.wants("<34>a")
	stranger := tls.Client(w.dial("tcp", 0), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // as above
	_, _ = stranger.Write([]byte("<34>b\n"))                                        // the refusal may come later
	_, _ = w.dial("tcp", 0).Write([]byte("plain text, no TLS\n"))
	w.eventually("two are refused", func() bool { return w.traffic.Stats().Rejected[traffic.Unauthorized] == 2 })
	w.wants("<34>a")
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{}, "listen: no address"},
		{Config{Listen: []string{"127.0.0.1:514"}}, "listen[0]"},
		{Config{Listen: []string{"http://127.0.0.1:514"}}, "names no protocol"},
		{Config{Listen: []string{"udp://127.0.0.1"}}, "has no port"},
		{Config{Listen: []string{"udp://127.0.0.1:99999"}}, "0 to 65535"},
		{Config{Listen: []string{"udp://:1", "udp://:1"}}, "already"},
		{Config{Listen: []string{"tls://:1"}}, "cert_file"},
		{Config{Listen: []string{"tls://:1"}, TLS: TLSConfig{CertFile: "/none", KeyFile: "/none"}}, "/none"},
		{Config{Listen: []string{"tcp://:1"}, TLS: TLSConfig{CertFile: "x"}}, "no address begins with tls"},
		{Config{Listen: []string{"tcp://:1"}, MaxConnections: -1}, "max_connections"},
	} {
		if err := tt.c.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.c, err, tt.want)
		}
	}
	open := Config{Listen: []string{"udp://0.0.0.0:514", "tcp://127.0.0.1:514", "tls://:6514"}}
	if got := open.Warnings(); len(got) != 2 {
		t.Errorf("warnings %q, want two", got)
	}
}

// need skips the test where a program is missing.
func need(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		if path := filepath.Join(dir, name); exec.Command("test", "-x", path).Run() == nil {
			return path
		}
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// logger sends by UDP and TCP, in both formats, by lines and by octet counts.
func TestLogger(t *testing.T) {
	logger := need(t, "logger")
	w := start(t, Config{Listen: []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}}, spool.Options{})
	n := 0
	for i, transport := range []string{"--udp", "--tcp"} {
		_, port, _ := net.SplitHostPort(w.addrs[i])
		for _, more := range [][]string{{"--rfc3164"}, {"--rfc5424"}, {"--rfc5424", "--octet-count"}} {
			if transport == "--udp" && len(more) > 1 {
				continue
			}
			n++
			message := fmt.Sprintf("message %d %s %v", n, transport, more)
			args := append([]string{transport, "--server", "127.0.0.1", "--port", port, "--tag", "proxy"}, more...)
			if out, err := exec.Command(logger, append(args, message)...).CombinedOutput(); err != nil {
				t.Fatalf("logger %v: %v\n%s", args, err, out)
			}
			w.eventually(message, func() bool {
				got, _ := w.sink.read()
				return len(got) == n && strings.HasPrefix(got[n-1], "<13>") && strings.HasSuffix(got[n-1], message)
			})
		}
	}
}

// rsyslog forwards a file by TCP (lines, octet counts) and TLS, in both formats.
func TestRsyslog(t *testing.T) {
	program := need(t, "rsyslogd")
	dir := t.TempDir()
	w := start(t, Config{Listen: []string{"tcp://127.0.0.1:0", "udp://127.0.0.1:0"}}, spool.Options{})
	_, tcp, _ := net.SplitHostPort(w.addrs[0])
	_, udp, _ := net.SplitHostPort(w.addrs[1])
	logFile := filepath.Join(dir, "app.log")
	conf := fmt.Sprintf(`
global(workDirectory=%[1]q)
module(load="imfile" mode="inotify")
input(type="imfile" File=%[2]q Tag="proxy:")
action(type="omfwd" target="127.0.0.1" port=%[3]q protocol="tcp" template="RSYSLOG_TraditionalForwardFormat")
action(type="omfwd" target="127.0.0.1" port=%[3]q protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted")
action(type="omfwd" target="127.0.0.1" port=%[4]q protocol="udp" template="RSYSLOG_ForwardFormat")
`, dir, logFile, tcp, udp)
	file := filepath.Join(dir, "rsyslog.conf")
	for path, text := range map[string]string{file: conf, logFile: ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-n", "-f", file, "-i", filepath.Join(dir, "pid"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	f, err := os.OpenFile(logFile, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const total = 200
	for i := range total {
		if _, err := fmt.Fprintf(f, "line %d {\"error_code\": 4025}\n", i); err != nil {
			t.Fatal(err)
		}
	}
	w.eventually("every line three times\n", func() bool {
		got, _ := w.sink.read()
		return len(got) >= 3*total
	})
	got, _ := w.sink.read()
	seen := map[string]int{}
	for _, line := range got {
		_, text, _ := strings.Cut(line, "line ")
		seen[text]++
	}
	for text, n := range seen {
		if n != 3 {
			t.Errorf("%q was read %d times, want 3", text, n)
		}
	}
	if len(seen) != total {
		t.Errorf("%d lines, want %d\n%s", len(seen), total, out.String())
	}
}
