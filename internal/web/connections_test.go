package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// pipeListener hands over connections of clients that a test names.
type pipeListener struct{ conns chan net.Conn }

func (l *pipeListener) Accept() (net.Conn, error) {
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// from is a connection of a client address.
type from struct {
	net.Conn
	host string
}

func (f from) RemoteAddr() net.Addr { return address(net.JoinHostPort(f.host, "50000")) }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// clients connects from addresses and knows which connections are open.
type clients struct {
	t     *testing.T
	feed  *pipeListener
	bound net.Listener
	ends  []net.Conn
	held  []net.Conn
}

func newClients(t *testing.T, limit int) *clients {
	feed := &pipeListener{make(chan net.Conn, 1)}
	return &clients{t: t, feed: feed, bound: newConnections(limit).listen(feed)}
}

// connect returns the number of the new connection.
func (c *clients) connect(host string) int {
	c.t.Helper()
	server, client := net.Pipe()
	c.feed.conns <- from{server, host}
	held, err := c.bound.Accept()
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = held.Close(); _ = client.Close() })
	c.ends, c.held = append(c.ends, client), append(c.held, held)
	return len(c.ends) - 1
}

// speak writes a byte to the server on a connection.
func (c *clients) speak(i int) {
	go func() { _, _ = c.ends[i].Write([]byte("x")) }() // it may be closed
	_, _ = c.held[i].Read(make([]byte, 1))
}

// closed reports whether the server has closed a connection.
func (c *clients) closed(i int) bool {
	_ = c.ends[i].SetReadDeadline(time.Unix(1, 0))
	_, err := c.ends[i].Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

func (c *clients) open() (open []int) {
	for i := range c.ends {
		if !c.closed(i) {
			open = append(open, i)
		}
	}
	return open
}

func TestConnectionsOfOneAddress(t *testing.T) {
	c := newClients(t, 8)
	for range 4 {
		c.connect("192.0.2.1")
	}
	c.speak(0)
	c.connect("192.0.2.1") // half of the limit: the quietest goes
	if got := fmt.Sprint(c.open()); got != "[0 2 3 4]" {
		t.Errorf("open: %s", got)
	}
	if c.connect("192.0.2.2"); !strings.HasSuffix(fmt.Sprint(c.open()), "5]") || len(c.open()) != 5 {
		t.Errorf("another address: %v", c.open())
	}
	_ = c.held[0].Close()
	c.connect("192.0.2.1") // in its place
	if got := fmt.Sprint(c.open()); got != "[2 3 4 5 6]" {
		t.Errorf("after one was closed: %s", got)
	}
}

func TestConnectionsInAll(t *testing.T) {
	c := newClients(t, 8)
	for i := range 4 {
		c.connect("192.0.2.1")
		c.connect("192.0.2." + strconv.Itoa(10+i))
	}
	c.connect("192.0.2.99") // the address with the most gives one up
	if got := fmt.Sprint(c.open()); got != "[1 2 3 4 5 6 7 8]" {
		t.Errorf("open: %s", got)
	}
	c.connect("192.0.2.98")
	if got := fmt.Sprint(c.open()); got != "[1 3 4 5 6 7 8 9]" {
		t.Errorf("open: %s", got)
	}
}

func TestIPv6ClientsShareTheirNetwork(t *testing.T) {
	for _, tt := range [][2]string{{"192.0.2.1:80", "192.0.2.1"}, {"[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::"}, {"[2001:db8:1:2::9]:443", "2001:db8:1:2::"}, {"pipe", "pipe"}} {
		if got := hostOf(tt[0]); got != tt[1] {
			t.Errorf("%s: %s, want %s", tt[0], got, tt[1])
		}
	}
}

// Clients that keep their connections open and are silent, more than there may be,
// keep no scrape out.
func TestIdleConnections(t *testing.T) {
	s := start(t, Config{Listen: []string{"127.0.0.1:0"}}, deps(t))
	url := s.URLs()[0]
	host := strings.TrimPrefix(url, "http://")
	for range connectionLimit() + 50 {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if _, err := fmt.Fprintf(c, "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			continue // it was closed already
		}
		if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			_ = answer.Body.Close()
		}
	}
	if status, text := get(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, url+"/metrics", "", ""); status != 200 || !strings.Contains(text, "drm_test_total") {
		t.Errorf("%d %s", status, text)
	}
}

func TestHealthListen(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "web.yml")
	write(t, file, "basic_auth_users: {prom: '"+string(hash)+"'}\n")
	s := start(t, Config{Listen: []string{"127.0.0.1:0"}, HealthListen: "127.0.0.1:0", ConfigFile: file}, deps(t))
	health := "http://" + s.health.Addr().String()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string]int{"/-/healthy": 200, "/-/ready": 200, "/metrics": 404, "/": 404, "/api/v1/status": 404} {
		if status, text := get(t, client, health+path, "", ""); status != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, _ := get(t, client, s.URLs()[0]+"/-/healthy", "", ""); status != 401 {
		t.Errorf("without a password: %d", status)
	}
}
