package web

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a server until the test ends, and fails it where Run does.
func start(t *testing.T, cfg Config, d Deps) *Server {
	t.Helper()
	s, _ := startUntil(t, cfg, d)
	return s
}

// listening returns a server that does not run yet.
func listening(t *testing.T, cfg Config, d Deps) *Server {
	t.Helper()
	l, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return New(l, d, discard())
}

// startUntil is start, with a function that ends the server earlier.
func startUntil(t *testing.T, cfg Config, d Deps) (*Server, func()) {
	t.Helper()
	s := listening(t, cfg, d)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

func get(t *testing.T, client *http.Client, url, user, password string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func TestServesOnEveryAddress(t *testing.T) {
	s := start(t, Config{Listen: []string{"127.0.0.1:0", "localhost:0"}}, deps(t))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	urls := s.URLs()
	if len(urls) != 2 || urls[0] == urls[1] {
		t.Fatalf("urls: %v", urls)
	}
	for _, url := range urls {
		if !strings.HasPrefix(url, "http://127.0.0.1:") && !strings.HasPrefix(url, "http://[::1]:") {
			t.Errorf("url %q", url)
		}
		if status, body := get(t, client, url+"/metrics", "", ""); status != 200 || !strings.Contains(body, "drm_test_total") {
			t.Errorf("%s: %d %q", url, status, body)
		}
	}
}

func TestBusyPort(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	_, err = Listen(Config{Listen: []string{free.Addr().String(), busy.Addr().String()}})
	if err == nil {
		t.Fatal("listened on a busy port")
	}
	for _, part := range []string{"web.listen[1]", busy.Addr().String(), "in use", "--web.listen-address"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %q", err, part)
		}
	}
	if again, err := net.Listen("tcp", free.Addr().String()); err != nil {
		t.Errorf("still open: %v", err)
	} else {
		again.Close()
	}
}

// A request under way is finished, and a client that keeps a connection open
// does not hold up the stop.
func TestStopLetsRequestsFinish(t *testing.T) {
	d := deps(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	d.Ready = func() (bool, string) {
		close(asked)
		<-answer
		return true, ""
	}
	s := listening(t, Config{Listen: []string{"127.0.0.1:0"}}, d)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	got := make(chan int, 1)
	go func() {
		status, _ := get(t, client, s.URLs()[0]+"/-/ready", "", "")
		got <- status
	}()
	<-asked
	cancel()
	close(answer)
	if status := <-got; status != 200 {
		t.Errorf("status %d", status)
	}
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
}

// TLS and basic auth protect every path.
func TestTLSAndBasicAuth(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir)
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "web.yml")
	write(t, file, "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {prom: '"+string(hash)+"'}\n")
	cfg := Config{Listen: []string{"127.0.0.1:0", "127.0.0.1:0"}, ConfigFile: file, EnablePprof: true, EnableReload: true}
	s := start(t, cfg, deps(t))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for _, url := range s.URLs() {
		if !strings.HasPrefix(url, "https://") {
			t.Fatalf("url %q", url)
		}
		for _, path := range []string{"/", "/metrics", "/-/healthy", "/-/ready", "/debug/pprof/", "/page/style.css", "/nowhere"} {
			if status, _ := get(t, client, url+path, "", ""); status != 401 {
				t.Errorf("%s without a password: %d", path, status)
			}
			if status, _ := get(t, client, url+path, "prom", "wrong"); status != 401 {
				t.Errorf("%s with a wrong password: %d", path, status)
			}
		}
		if status, body := get(t, client, url+"/metrics", "prom", "secret"); status != 200 || !strings.Contains(body, "drm_test_total") {
			t.Errorf("metrics: %d %q", status, body)
		}
	}
}

// certificate writes cert.pem and key.pem for 127.0.0.1 and returns what trusts them.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, filepath.Join(dir, "cert.pem"), string(cert))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestValidate(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yml")
	write(t, bad, "tls_server_config: {cert_file: nowhere.pem, key_file: nowhere.key}\n")
	for _, test := range []struct {
		name string
		cfg  Config
		want []string // parts, none for a valid one
	}{
		{"default", Default(), nil},
		{"every interface", Config{Listen: []string{":9477"}}, nil},
		{"IPv6", Config{Listen: []string{"[::1]:9477"}}, nil},
		{"no address", Config{}, []string{"listen: no address"}},
		{"no port", Config{Listen: []string{"localhost"}}, []string{"listen[0]: ", "HOST:PORT"}},
		{"a named port", Config{Listen: []string{"localhost:http"}}, []string{"listen[0]: ", "0 to 65535"}},
		{"port too large", Config{Listen: []string{"localhost:99999"}}, []string{"listen[0]: "}},
		{"twice", Config{Listen: []string{":1", ":1"}}, []string{"listen[1]: ", "listen[0] already"}},
		{"no such file", Config{Listen: []string{":1"}, ConfigFile: filepath.Join(dir, "none.yml")}, []string{"config_file: ", "none.yml", "no such file"}},
		{"no such certificate", Config{Listen: []string{":1"}, ConfigFile: bad}, []string{"config_file: ", "nowhere.pem"}},
		{"all at once", Config{Listen: []string{"x"}, ConfigFile: bad}, []string{"listen[0]: ", "config_file: "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.cfg.Validate()
			if (err == nil) != (test.want == nil) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}
