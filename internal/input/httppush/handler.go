package httppush

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"

	"wvwatch/internal/input/payload"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

// protocol is one kind of request. Another protocol is another row of protocols.
type protocol struct {
	path   string
	name   string
	decode func(w *payload.Writer, body []byte, r *http.Request) error
	accept func(w http.ResponseWriter, body []byte, r *http.Request) // answers with success
	snappy bool                                                      // a protobuf body is a snappy block, whatever its Content-Encoding
	key    string                                                    // the header that holds the token, besides Authorization
	refuse func(w http.ResponseWriter, status int, message string, body []byte)
}

func protocols() []protocol {
	return []protocol{
		{path: "/ingest", name: "JSON lines, text or a JSON array", decode: decodeLines, accept: noContent},
		{path: "/loki/api/v1/push", name: "Loki push", decode: decodeLoki, accept: noContent, snappy: true},
		{path: "/v1/logs", name: "OTLP logs", decode: decodeOTLP, accept: acceptOTLP},
		{path: "/firehose", name: "Amazon Data Firehose", decode: decodeFirehose, accept: acceptFirehose, key: "X-Amz-Firehose-Access-Key", refuse: refuseFirehose},
	}
}

// Handler returns what the server answers with, without what exporter-toolkit puts
// before it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	var names []string
	for _, p := range protocols() {
		if p.refuse == nil {
			p.refuse = func(w http.ResponseWriter, status int, message string, _ []byte) { http.Error(w, message, status) }
		}
		mux.HandleFunc("POST "+p.path, func(w http.ResponseWriter, r *http.Request) { s.receive(w, r, p) })
		names = append(names, p.path+" ("+p.name+")")
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not found: POST logs to "+strings.Join(names, ", "), http.StatusNotFound)
	})
	return mux
}

// receive stores one request.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, p protocol) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if s.tokens != nil {
		if err := s.tokens.check(tokenOf(r, p.key)); err != nil {
			s.traffic.Reject(traffic.Unauthorized)
			w.Header().Set("WWW-Authenticate", "Bearer")
			p.refuse(w, http.StatusUnauthorized, err.Error(), nil)
			return
		}
	}
	m, ok := s.memories.Get().(*memory)
	if !ok {
		m = &memory{}
	}
	var body, plain, lines = loan{from: &s.budget}, loan{from: &s.budget}, loan{from: &s.budget}
	defer func() {
		m.shrink()
		s.memories.Put(m)
		body.giveBack()
		plain.giveBack()
		lines.giveBack()
	}()
	var err error
	var text []byte
	if m.body, err = readAll(http.MaxBytesReader(w, r.Body, maxBody), m.body, &body); err == nil {
		text, err = s.plain(m, r, p, &plain)
	}
	if err != nil {
		s.refuse(w, p, statusOf(err), invalid(err), text)
		return
	}
	writer := s.writer()
	defer func() {
		writer.Reset(nil)
		s.writers.Put(writer)
	}()
	writer.Reset(m.lines)
	err = p.decode(writer, text, r)
	out := writer.Lines()
	m.lines = out[:0]
	if wrong := lines.want(cap(out)); wrong != nil && err == nil {
		err = wrong
	}
	switch {
	case errors.Is(err, payload.ErrTooLarge):
		s.refuse(w, p, http.StatusRequestEntityTooLarge, invalid(err), text)
	case err != nil:
		s.refuse(w, p, statusOf(err), invalid(err), text)
	default:
		s.store(w, r, p, text, writer)
	}
}

// plain returns the decompressed body.
func (s *Server) plain(m *memory, r *http.Request, p protocol, l *loan) ([]byte, error) {
	encoding := r.Header.Get("Content-Encoding")
	if p.snappy && encoding == "" && !isJSON(r) {
		encoding = "snappy"
	}
	text, err := unpack(encoding, m.body, m.plain, l)
	if err == nil && cap(text) > cap(m.plain) && encoding != "" && encoding != "identity" {
		m.plain = text[:0]
	}
	return text, err
}

// store appends the lines to the spool and answers when they are durable.
func (s *Server) store(w http.ResponseWriter, r *http.Request, p protocol, text []byte, lines *payload.Writer) {
	if len(lines.Lines()) == 0 {
		p.accept(w, text, r)
		return
	}
	ctx := context.WithoutCancel(r.Context()) // what is appended is stored, also if the sender has left
	ticket, err := s.spool.Append(ctx, spool.Batch{Lines: lines.Lines(), ID: identity(r, text)})
	if err == nil {
		err = ticket.Wait(ctx)
	}
	switch {
	case errors.Is(err, spool.ErrFull):
		s.traffic.Reject(traffic.Full)
		w.Header().Set("Retry-After", "5")
		p.refuse(w, http.StatusTooManyRequests, "the spool is full: send again later", text)
	case err != nil:
		s.traffic.Reject(traffic.Failed)
		w.Header().Set("Retry-After", "5")
		p.refuse(w, http.StatusServiceUnavailable, "can not be stored now: send again later", text)
	default:
		if !ticket.Repeated {
			s.traffic.Accept(lines.Records(), len(lines.Lines()))
		}
		p.accept(w, text, r)
	}
}

// refuse answers that a body is not taken.
func (s *Server) refuse(w http.ResponseWriter, p protocol, status int, err error, text []byte) {
	switch status {
	case http.StatusTooManyRequests:
		s.traffic.Reject(traffic.Busy)
		w.Header().Set("Retry-After", "1")
	case http.StatusRequestEntityTooLarge:
		s.traffic.Reject(traffic.TooLarge)
	default:
		s.traffic.Reject(traffic.Invalid)
	}
	p.refuse(w, status, err.Error(), text)
}

// identity names the batch: by Firehose's number of it, or by its sender and body.
func identity(r *http.Request, body []byte) spool.Identity {
	if id := r.Header.Get("X-Amz-Firehose-Request-Id"); id != "" {
		return spool.IdentityOf("firehose", []byte(id))
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return spool.IdentityOf(host+" "+r.URL.Path+" "+r.Header.Get("X-Scope-OrgID"), body)
}

// tokenOf returns the token that a request has.
func tokenOf(r *http.Request, key string) string {
	if key != "" {
		if token := r.Header.Get(key); token != "" {
			return token
		}
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

func noContent(w http.ResponseWriter, _ []byte, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// decodeLines takes the body as lines, whatever they are. A JSON array becomes one
// line an element; one that is broken is taken as it is.
func decodeLines(w *payload.Writer, body []byte, r *http.Request) error {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' && isJSON(r) {
		err := payload.Array(w, body)
		if !errors.Is(err, payload.ErrInvalid) {
			return err
		}
		w.Reset(w.Lines())
	}
	return w.Text(body)
}

func decodeLoki(w *payload.Writer, body []byte, r *http.Request) error {
	if isJSON(r) {
		return payload.LokiJSON(w, body)
	}
	return payload.Loki(w, body)
}

func decodeOTLP(w *payload.Writer, body []byte, r *http.Request) error {
	if isJSON(r) {
		return payload.OTLPJSON(w, body)
	}
	return payload.OTLP(w, body)
}

// acceptOTLP answers with an empty ExportLogsServiceResponse: all was accepted.
func acceptOTLP(w http.ResponseWriter, _ []byte, r *http.Request) {
	if isJSON(r) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}")) // the sender sends again where it did not get it
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(http.StatusOK)
}

func decodeFirehose(w *payload.Writer, body []byte, r *http.Request) error {
	d, err := payload.Firehose(w, body)
	if err == nil && r.Header.Get("X-Amz-Firehose-Request-Id") == "" && d.RequestID != "" {
		r.Header.Set("X-Amz-Firehose-Request-Id", d.RequestID)
	}
	return err
}

// firehoseAnswer is what Firehose reads.
type firehoseAnswer struct {
	RequestID    string `json:"requestId"`
	Timestamp    int64  `json:"timestamp"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}

func acceptFirehose(w http.ResponseWriter, body []byte, _ *http.Request) {
	answerFirehose(w, http.StatusOK, "", body)
}

func refuseFirehose(w http.ResponseWriter, status int, message string, body []byte) {
	answerFirehose(w, status, message, body)
}

func answerFirehose(w http.ResponseWriter, status int, message string, body []byte) {
	var request struct {
		RequestID string      `json:"requestId"`
		Timestamp json.Number `json:"timestamp"`
	}
	_ = json.Unmarshal(body, &request) // else nothing of it can be echoed
	at, _ := strconv.ParseInt(request.Timestamp.String(), 10, 64)
	text, err := json.Marshal(firehoseAnswer{request.RequestID, at, message})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // it sends again where it did not get it
}
