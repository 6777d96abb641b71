package httppush

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
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

	"google.golang.org/protobuf/encoding/protowire"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

// exchange sends text on a connection, each of its parts on its own, and returns all that is
// answered.
func (w *world) exchange(parts ...string) string {
	w.t.Helper()
	c, err := net.Dial("tcp", w.server.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	for _, part := range parts {
		_, _ = io.WriteString(c, part) // the server may have answered and closed
		time.Sleep(time.Millisecond)
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // as above
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	answer, _ := io.ReadAll(bufio.NewReader(c)) // what came before a reset
	return string(answer)
}

// What the library answers, and what a half-received body leaves, is part of what senders meet.
func TestRawRequests(t *testing.T) {
	post := "POST /ingest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	for _, tt := range []struct {
		name   string
		parts  []string
		answer []string // parts of it, in order
		lines  []string
	}{
		{"chunks of single bytes", append([]string{post + "Transfer-Encoding: chunked\r\n\r\n"}, chunks("a li\u00e9ne\n")...), []string{"204 No Content"}, []string{"a li\u00e9ne"}},
		{"chunks that cut lines", []string{post + "Transfer-Encoding: chunked\r\n\r\n", "3\r\none\r\n", "5\r\n more\r\n", "5\r\n\ntwo\n\r\n0\r\n\r\n"}, []string{"204 No Content"}, []string{"one more", "two"}},
		{"a chunk that is cut off", []string{post + "Transfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n9\r\ntw"}, []string{"400 Bad Request", "unexpected EOF"}, nil},
		{"a chunk without a size", []string{post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\none\n\r\n0\r\n\r\n"}, []string{"400 Bad Request", "invalid byte in chunk length"}, nil},
		{"less than its length", []string{post + "Content-Length: 10\r\n\r\none\n"}, []string{"400 Bad Request", "unexpected EOF"}, nil},
		{"more than its length", []string{post + "Content-Length: 4\r\n\r\none\ntwo\n"}, []string{"204 No Content"}, []string{"one"}},
		{"no length", []string{post + "\r\none\n"}, []string{"204 No Content"}, nil},
		{"a negative length", []string{post + "Content-Length: -1\r\n\r\none\n"}, []string{"400 Bad Request"}, nil},
		{"a huge length", []string{post + "Content-Length: 99999999999\r\n\r\none\n"}, []string{"400 Bad Request", "unexpected EOF"}, nil},
		{"expects to be asked", []string{post + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n", "one\n"}, []string{"100 Continue", "204 No Content"}, []string{"one"}},
		{"expects to be asked, and is not", []string{post + "Expect: 100-continue\r\nContent-Type: application/msgpack\r\nContent-Length: 4\r\n\r\n"}, []string{"HTTP/1.1 415 Unsupported", "json_lines"}, nil},
		{"expects something else", []string{post + "Expect: wonders\r\nContent-Length: 4\r\n\r\none\n"}, []string{"417 Expectation Failed"}, nil},
		{"HTTP/1.0", []string{"POST /ingest HTTP/1.0\r\nContent-Length: 4\r\n\r\none\n"}, []string{"204 No Content"}, []string{"one"}},
		{"one after the other", []string{strings.ReplaceAll(post, "Connection: close\r\n", "") + "Content-Length: 4\r\n\r\none\n" + post + "Content-Length: 4\r\n\r\ntwo\n"}, []string{"204 No Content", "204 No Content"}, []string{"one", "two"}},
		{"HTTP/2 without TLS", []string{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}, []string{"HTTP/1.1 "}, nil},
		{"syslog", []string{"<34>Nov 23 08:00:00 host app: one\n"}, []string{"400 Bad Request"}, nil},
		{"TLS", []string{"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n"}, []string{"400 Bad Request"}, nil},
		{"large headers", []string{post + "X: " + strings.Repeat("x", 2*maxHeaderBytes) + "\r\n\r\n"}, []string{"431 Request Header Fields Too Large"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, Config{}, spool.Options{})
			answer := w.exchange(tt.parts...)
			rest := answer
			for _, part := range tt.answer {
				var ok bool
				if _, rest, ok = strings.Cut(rest, part); !ok {
					t.Fatalf("answer %.300q, want %q in it", answer, tt.answer)
				}
			}
			if status, _, _ := w.post("/ingest", []byte("next")); status != 204 {
				t.Errorf("the next request gets %d", status)
			}
			w.wants(append(tt.lines, "next")...)
		})
	}
}

// chunks returns text in chunks of one byte, and their end.
func chunks(text string) (all []string) {
	for _, c := range []byte(text) {
		all = append(all, "1\r\n"+string([]byte{c})+"\r\n")
	}
	return append(all, "0\r\n\r\n")
}

// A sender that trickles is answered when its time is over. What it sent is not stored.
func TestSlowBody(t *testing.T) {
	w := start(t, Config{}, spool.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fast := &http.Server{Handler: w.server.Handler(), ReadTimeout: 300 * time.Millisecond}
	go func() { _ = fast.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = fast.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /ingest HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	answer, _ := io.ReadAll(c)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408 Request Timeout") {
		t.Errorf("answer %q, want 408", answer)
	}
	if got := w.traffic.Stats().Rejected[traffic.Invalid]; got != 1 {
		t.Errorf("%d rejected, want 1", got)
	}
	if status, _, _ := w.post("/ingest", []byte("next")); status != 204 {
		t.Errorf("the next request gets %d", status)
	}
	w.wants("next")
}

// A body in protobuf that is cut off anywhere is refused, or is a shorter one; nothing else of it
// is stored.
func TestPartialProtobuf(t *testing.T) {
	loki := lokiBody("a line")
	otlp := []byte("\x0a\x0e\x12\x0c\x12\x0a\x2a\x08\x0a\x06a line")
	w := start(t, Config{}, spool.Options{})
	for path, body := range map[string][]byte{"/loki/api/v1/push": loki, "/v1/logs": otlp} {
		for n := 1; n < len(body); n++ {
			part := body[:n]
			if path != "/v1/logs" {
				part = pack("snappy", part)
			}
			if status, answer, _ := w.post(path, part, "Content-Type", "application/x-protobuf"); status != 400 || !strings.Contains(answer, "not valid") {
				t.Errorf("%d of %d bytes at %s: %d %q, want 400", n, len(body), path, status, answer)
			}
		}
		packed := pack("gzip", body)
		for n := 1; n < len(packed); n++ {
			if status, answer, _ := w.post(path, packed[:n], "Content-Type", "application/x-protobuf", "Content-Encoding", "gzip"); status != 400 || !strings.Contains(answer, "not gzip, or cut off") {
				t.Errorf("%d of %d bytes of gzip at %s: %d %q, want 400", n, len(packed), path, status, answer)
			}
		}
	}
	endless := protowire.AppendVarint([]byte{0x0a}, 1<<62) // a length that allocates nothing
	if status, _, _ := w.post("/v1/logs", endless, "Content-Type", "application/x-protobuf"); status != 400 {
		t.Errorf("a length of 2^62: %d, want 400", status)
	}
	if status, _, _ := w.post("/ingest", []byte("next")); status != 204 {
		t.Errorf("the next request gets %d", status)
	}
	w.wants("next")
}

// certificate writes a certificate for 127.0.0.1 and its key, signed by itself, and returns the
// files.
func certificate(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), name+".crt"), filepath.Join(t.TempDir(), name+".key")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: packed}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// A connection of HTTP/2 takes a bounded number of requests at the same time: a client that has
// more opens other connections, which are bounded as well.
func TestStreamsAreLimited(t *testing.T) {
	cert, key := certificate(t, "server")
	file := filepath.Join(t.TempDir(), "web.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "tls_server_config: {cert_file: %q, key_file: %q}\n", cert, key), 0o600); err != nil {
		t.Fatal(err)
	}
	w := start(t, Config{ConfigFile: file}, spool.Options{})
	w.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true} //nolint:gosec // the certificate is the test's own
	const requests = 3 * maxStreams
	w.server.decoding <- struct{}{} // so that all are under way at the same time
	var work sync.WaitGroup
	for i := range requests {
		work.Go(func() {
			res, err := w.client.Post(w.url+"/ingest", "text/plain", strings.NewReader(fmt.Sprintf("line %d", i)))
			if err != nil {
				t.Error(err)
				return
			}
			if _ = res.Body.Close(); res.StatusCode != 204 || res.ProtoMajor != 2 {
				t.Errorf("%s by %s", res.Status, res.Proto)
			}
		})
	}
	for until := time.Now().Add(10 * time.Second); w.traffic.Connections() < requests/maxStreams; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Errorf("%d requests at the same time are on %d connections, want %d at least", requests, w.traffic.Connections(), requests/maxStreams)
			break
		}
	}
	<-w.server.decoding
	work.Wait()
	if got := w.traffic.Stats().Lines; got != requests {
		t.Errorf("%d lines, want %d", got, requests)
	}
}

// With TLS the server has HTTP/2, and wants the client's certificate where the configuration
// does.
func TestClientCertificates(t *testing.T) {
	cert, key := certificate(t, "server")
	clientCert, clientKey := certificate(t, "client")
	strangerCert, strangerKey := certificate(t, "stranger")
	file := filepath.Join(t.TempDir(), "web.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "tls_server_config: {cert_file: %q, key_file: %q, client_auth_type: RequireAndVerifyClientCert, client_ca_file: %q}\n", cert, key, clientCert), 0o600); err != nil {
		t.Fatal(err)
	}
	w := start(t, Config{ConfigFile: file}, spool.Options{})
	for _, tt := range []struct {
		name, cert, key string
		http2, ok       bool
	}{
		{"HTTP/2", clientCert, clientKey, true, true}, {"HTTP/1.1", clientCert, clientKey, false, true},
		{"no certificate", "", "", true, false}, {"another's certificate", strangerCert, strangerKey, true, false},
	} {
		config := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the certificate is the test's own
		if tt.cert != "" {
			pair, err := tls.LoadX509KeyPair(tt.cert, tt.key)
			if err != nil {
				t.Fatal(err)
			}
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: tt.http2}, Timeout: 20 * time.Second}
		res, err := client.Post(w.url+"/ingest", "text/plain", strings.NewReader(tt.name))
		if !tt.ok {
			if err == nil {
				_ = res.Body.Close()
				t.Errorf("%s: %s", tt.name, res.Status)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != 204 || (res.ProtoMajor == 2) != tt.http2 {
			t.Errorf("%s: %s by %s", tt.name, res.Status, res.Proto)
		}
		client.CloseIdleConnections()
	}
	if answer := w.exchange("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\none\n"); !strings.Contains(answer, "400 Bad Request") || !strings.Contains(answer, "HTTPS server") {
		t.Errorf("plain HTTP is answered with %q", answer)
	}
	w.wants("HTTP/2", "HTTP/1.1")
	for until := time.Now().Add(10 * time.Second); w.traffic.Stats().Rejected[traffic.Unauthorized] != 3; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%+v, want three rejected", w.traffic.Stats())
		}
	}
}
