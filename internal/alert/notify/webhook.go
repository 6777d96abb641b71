package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/common/model"

	"wvwatch/internal/alert"
)

// Repeat is how often an alert that fires on is sent to a webhook again. People
// may read its messages, as with Alertmanager's repeat_interval.
const Repeat = 4 * time.Hour

// webhook sends Alertmanager's webhook format, version 4, so that what takes
// alerts from an Alertmanager takes them from here.
type webhook struct {
	url          string // may hold a token: not to be shown
	name         string
	client       *http.Client
	generatorURL string
}

// hookMessage is the body, in the order and with the names of Alertmanager's.
type hookMessage struct {
	Version           string            `json:"version"`
	GroupKey          string            `json:"groupKey"`
	TruncatedAlerts   uint64            `json:"truncatedAlerts"`
	Status            string            `json:"status"` // firing as long as one of the alerts is
	Receiver          string            `json:"receiver"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	Alerts            []hookAlert       `json:"alerts"`
}

type hookAlert struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"` // the year 1 while it fires
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

// hookName names a webhook without what may be secret in its URL.
func hookName(raw string, i int) string {
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Sprintf("webhook[%d]", i)
	}
	return fmt.Sprintf("%s://%s[%d]", u.Scheme, u.Host, i)
}

// send implements sender.
func (h *webhook) send(ctx context.Context, alerts []alert.Alert) error {
	body, err := json.Marshal(h.message(alerts))
	if err != nil {
		return fmt.Errorf("%w: %w", errRejected, err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: post to %s: the URL cannot be used", errRejected, h.name)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.client.Do(req)
	if err != nil {
		if whole, ok := errors.AsType[*url.Error](err); ok { // it repeats the URL
			err = whole.Err
		}
		return fmt.Errorf("post to %s: %w", h.name, err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 256))
	switch code := resp.StatusCode; {
	case code/100 == 2:
		return nil
	case code/100 == 5, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout,
		code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusNotFound:
		// A token or a route may be on its way.
		return fmt.Errorf("post to %s: answered %s: %q", h.name, resp.Status, said)
	case code/100 == 3:
		return fmt.Errorf("post to %s: answered %s: configure the URL that it leads to", h.name, resp.Status)
	default:
		return fmt.Errorf("%w: post to %s: answered %s: %q", errRejected, h.name, resp.Status, said)
	}
}

func (h *webhook) message(alerts []alert.Alert) hookMessage {
	m := hookMessage{
		Version: "4", GroupKey: "{}:{}", Status: "resolved", Receiver: "wvwatch",
		GroupLabels: map[string]string{}, ExternalURL: h.generatorURL,
	}
	for _, a := range alerts {
		one := hookAlert{
			Status: "firing", Labels: a.Labels, Annotations: a.Annotations, StartsAt: a.StartsAt.UTC(),
			GeneratorURL: a.Link(h.generatorURL), Fingerprint: fingerprint(a.Labels),
		}
		if a.ResolvedAt.IsZero() {
			m.Status = "firing"
		} else {
			one.Status, one.EndsAt = "resolved", a.ResolvedAt.UTC()
		}
		m.Alerts = append(m.Alerts, one)
		m.CommonLabels = common(m.CommonLabels, a.Labels)
		m.CommonAnnotations = common(m.CommonAnnotations, a.Annotations)
	}
	return m
}

// common returns the entries that a and b share; a nil a is still unset.
func common(a, b map[string]string) map[string]string {
	both := make(map[string]string)
	for name, value := range b {
		if other, ok := a[name]; a == nil || ok && other == value {
			both[name] = value
		}
	}
	return both
}

// fingerprint is the one that an Alertmanager would give the alert.
func fingerprint(labels map[string]string) string {
	set := make(model.LabelSet, len(labels))
	for name, value := range labels {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return set.Fingerprint().String()
}

func (h *webhook) close() { h.client.CloseIdleConnections() }
