package httppush

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"strings"

	"wvwatch/internal/input/payload"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

// protocol is one kind of request. Another protocol is another row of protocols. What
// Firehose wants to see again is handed from decode to accept and refuse.
type protocol struct {
	path   string
	name   string
	decode func(w *payload.Writer, body []byte, r *http.Request) (payload.Delivery, error)
	accept func(w http.ResponseWriter, r *http.Request, d payload.Delivery) // answers with success
	refuse func(w http.ResponseWriter, status int, message string, d payload.Delivery)
	kinds  string // Content-Types to send, as an error names them
	binary bool   // a body that is not JSON is protobuf
	snappy bool   // and that is a snappy block, whatever its Content-Encoding
	key    string // the header that holds the token, besides Authorization
}

const jsonOrProtobuf = "application/json or application/x-protobuf"

func protocols() []protocol {
	return []protocol{
		{path: "/ingest", name: "JSON lines, text or a JSON array", decode: decodeLines, accept: noContent, kinds: "lines of text or JSON (application/x-ndjson, text/plain; in Fluent Bit, format json_lines)"},
		{path: "/loki/api/v1/push", name: "Loki push", decode: decodeLoki, accept: noContent, kinds: jsonOrProtobuf, binary: true, snappy: true},
		{path: "/v1/logs", name: "OTLP logs", decode: decodeOTLP, accept: acceptOTLP, kinds: jsonOrProtobuf, binary: true},
		{path: "/firehose", name: "Amazon Data Firehose", decode: decodeFirehose, accept: acceptFirehose, kinds: "application/json", key: "X-Amz-Firehose-Access-Key", refuse: refuseFirehose},
	}
}

// Handler returns what the server answers with, without what exporter-toolkit puts
// before it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	var names []string
	for _, p := range protocols() {
		if p.refuse == nil {
			p.refuse = func(w http.ResponseWriter, status int, message string, _ payload.Delivery) {
				http.Error(w, message, status)
			}
		}
		mux.HandleFunc("POST "+p.path, func(w http.ResponseWriter, r *http.Request) { s.receive(w, r, p) })
		mux.HandleFunc(p.path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, r.Method+" is not allowed: POST logs to "+p.path, http.StatusMethodNotAllowed)
		})
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
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.refuse(w, r, p, refusal{http.StatusUnauthorized, traffic.Unauthorized, err.Error()}, payload.Delivery{})
			return
		}
	}
	if kind, ok := p.takes(r); !ok {
		message := fmt.Sprintf("Content-Type %.100q: send %s to %s", kind, p.kinds, p.path)
		s.refuse(w, r, p, refusal{http.StatusUnsupportedMediaType, traffic.Invalid, message}, payload.Delivery{})
		return
	}
	buf, ok := s.bodies.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
	}
	l := loan{from: &s.budget}
	body, err := readAll(http.MaxBytesReader(w, r.Body, maxBody), *buf, &l)
	var stored storing
	if err == nil {
		stored, err = s.decode(r, p, body)
	}
	if *buf = body; cap(body) <= 1<<20 { // larger ones are rare
		s.bodies.Put(buf)
	}
	l.giveBack()
	if err == nil {
		err = stored.wait()
	}
	s.answer(w, r, p, stored, err)
}

// storing is a request that is decoded, and appended to the spool where it has lines.
type storing struct {
	delivery       payload.Delivery
	ticket         spool.Ticket
	records, bytes int
}

// wait returns when the lines are durable.
func (t *storing) wait() error {
	if err := t.ticket.Wait(context.Background()); err != nil {
		return errors.Join(errFailed, err)
	}
	return nil
}

// decode appends the lines of a body to the spool. Nothing of the body is kept.
func (s *Server) decode(r *http.Request, p protocol, body []byte) (t storing, err error) {
	d, release := s.decoder()
	defer release()
	encoding := r.Header.Get("Content-Encoding")
	if p.snappy && encoding == "" && !isJSON(r) {
		encoding = "snappy"
	}
	text, err := unpack(encoding, body, d.plain)
	if len(text) > 0 && len(body) > 0 && &text[0] != &body[0] {
		d.plain = text[:0] // it may have grown
	}
	if err != nil {
		return t, err
	}
	if isJSON(r) {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // a byte order mark is no JSON
	}
	d.lines.Reset(d.lines.Lines())
	if t.delivery, err = p.decode(d.lines, text, r); err != nil || len(d.lines.Lines()) == 0 {
		return t, err
	}
	t.records, t.bytes = d.lines.Records(), len(d.lines.Lines())
	// What is appended is stored, also if the sender has left.
	t.ticket, err = s.spool.Append(context.WithoutCancel(r.Context()), spool.Batch{Lines: d.lines.Lines(), ID: identity(r, t.delivery, text)})
	if err != nil && !errors.Is(err, spool.ErrFull) {
		err = errors.Join(errFailed, err)
	}
	return t, err
}

var errFailed = errors.New("can not be stored now: send again later")

// answer answers a request that was stored, or was not because of err.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, p protocol, t storing, err error) {
	refuse := func(status int, reason, message, retry string) {
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		s.refuse(w, r, p, refusal{status, reason, message}, t.delivery)
	}
	switch {
	case err == nil:
		switch {
		case t.ticket.Repeated:
			s.traffic.Repeat()
		case t.records > 0:
			s.traffic.Accept(t.records, t.bytes)
		}
		p.accept(w, r, t.delivery)
	case errors.Is(err, spool.ErrFull):
		refuse(http.StatusTooManyRequests, traffic.Full, "the spool is full: send again later", "5")
	case errors.Is(err, errBusy):
		refuse(http.StatusTooManyRequests, traffic.Busy, errBusy.Error(), "1")
	case isBodyError(err):
		status, reason := statusOf(err), traffic.Invalid
		if status == http.StatusRequestEntityTooLarge {
			reason = traffic.TooLarge
		}
		refuse(status, reason, "body: "+err.Error(), "")
	default:
		refuse(http.StatusServiceUnavailable, traffic.Failed, errFailed.Error(), "5")
	}
}

// refusal is why a request is refused.
type refusal struct {
	status  int
	reason  string // for which it is counted
	message string
}

// refuse answers with an error and counts it. One in a minute is logged: few senders log what
// they are answered.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, p protocol, why refusal, d payload.Delivery) {
	s.traffic.Reject(why.reason)
	s.refused.Do(func() {
		sender := r.UserAgent()
		s.log.Warn("request refused; wvwatch_input_rejected_total counts all", "path", p.path, "remote", r.RemoteAddr, "sender", sender[:min(len(sender), 100)],
			"status", why.status, "err", why.message)
	})
	p.refuse(w, why.status, why.message, d)
}

// identity names the batch: by Firehose's number of it, or by its sender and body.
func identity(r *http.Request, d payload.Delivery, body []byte) spool.Identity {
	if d.RequestID != "" {
		return spool.IdentityOf("firehose", []byte(d.RequestID))
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

// takes returns the media type of a request, and whether its protocol has such bodies. What
// sends lines may call them anything, even a form, but no binary format: it would be counted as
// text, without an error.
func (p *protocol) takes(r *http.Request) (kind string, ok bool) {
	kind = mediaType(r)
	switch kind {
	case "", "application/json", "application/octet-stream":
		return kind, true
	case "application/x-protobuf", "application/protobuf", "application/vnd.google.protobuf":
		return kind, p.binary
	case "application/msgpack", "application/x-msgpack", "application/vnd.msgpack", "application/grpc", "application/cbor", "application/avro":
		return kind, false
	}
	return kind, !p.binary
}

func isJSON(r *http.Request) bool { return mediaType(r) == "application/json" }

// mediaType returns the Content-Type without its parameters, or as it is where it can not be
// parsed.
func mediaType(r *http.Request) string {
	text := r.Header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(text); err == nil {
		return kind
	}
	return text
}

func noContent(w http.ResponseWriter, _ *http.Request, _ payload.Delivery) {
	w.WriteHeader(http.StatusNoContent)
}

// decodeLines takes the body as lines, whatever they are. The elements of a JSON array,
// and objects that follow one another, become a line each; JSON that is broken is taken
// as it is.
func decodeLines(w *payload.Writer, body []byte, r *http.Request) (d payload.Delivery, err error) {
	if bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) {
		return d, errUTF16
	}
	if isValues(body, isJSON(r)) {
		err := payload.Values(w, body)
		if !errors.Is(err, payload.ErrInvalid) {
			return d, err
		}
		w.Reset(w.Lines())
	}
	return d, w.Text(body)
}

var errUTF16 = errors.New("UTF-16: send UTF-8")

// isValues reports whether a body is more than lines: an array, where it is declared as JSON, or
// objects without newlines between them. "curl -d" takes the newlines out of a file, and calls
// the rest a form.
func isValues(body []byte, declared bool) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	if bytes.HasPrefix(body, []byte{'['}) {
		return declared
	}
	return bytes.HasPrefix(body, []byte{'{'}) && (declared || bytes.IndexByte(body, '\n') < 0) && bytes.Contains(body, []byte("}{"))
}

func decodeLoki(w *payload.Writer, body []byte, r *http.Request) (d payload.Delivery, err error) {
	if isJSON(r) {
		return d, payload.LokiJSON(w, body)
	}
	return d, payload.Loki(w, body)
}

func decodeOTLP(w *payload.Writer, body []byte, r *http.Request) (d payload.Delivery, err error) {
	if isJSON(r) {
		return d, payload.OTLPJSON(w, body)
	}
	return d, payload.OTLP(w, body)
}

// acceptOTLP answers with an empty ExportLogsServiceResponse: all was accepted.
func acceptOTLP(w http.ResponseWriter, r *http.Request, _ payload.Delivery) {
	if isJSON(r) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}")) // the sender sends again where it did not get it
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(http.StatusOK)
}

func decodeFirehose(w *payload.Writer, body []byte, _ *http.Request) (payload.Delivery, error) {
	return payload.Firehose(w, body)
}

func acceptFirehose(w http.ResponseWriter, _ *http.Request, d payload.Delivery) {
	refuseFirehose(w, http.StatusOK, "", d)
}

// refuseFirehose answers as Firehose wants it, with an error where there is a message.
func refuseFirehose(w http.ResponseWriter, status int, message string, d payload.Delivery) {
	text, err := json.Marshal(struct {
		RequestID    string `json:"requestId"`
		Timestamp    int64  `json:"timestamp"`
		ErrorMessage string `json:"errorMessage,omitempty"`
	}{d.RequestID, d.Timestamp, message})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // it sends again where it did not get it
}
