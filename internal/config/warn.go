package config

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"wvwatch/internal/alert/notify"
	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// warning collects the warnings of a configuration.
type warning struct {
	*Config
	fault.List
}

// warn returns warnings of settings that are valid but probably not meant.
// values are those of the file.
func (c *Config) warn(values map[string]any) fault.List {
	w := warning{c, strayVariables()}
	first := map[string]string{}
	for i, s := range c.Sources {
		for j, pattern := range s.Tail.Files {
			pattern = filepath.Clean(pattern)
			if other, ok := first[pattern]; ok && other != s.Tail.Name {
				w.Add(fmt.Sprintf("sources[%d].files[%d]", i, j), "sources %s and %s both follow %s: every line of it counts twice, once for each", other, s.Tail.Name, fault.Quote(pattern))
				continue
			}
			first[pattern] = s.Tail.Name
		}
	}
	w.texts("", values)
	w.inputs()
	w.elsewhere()
	w.identity()
	w.links()
	w.receivers()
	w.connections("notify.alertmanager", w.Notify.Alertmanager)
	w.connections("notify.webhook", notify.AlertmanagerConfig(w.Notify.Webhook))
	for i, m := range c.Mute {
		if m.Always() {
			w.AddFix(fmt.Sprintf("mute[%d]", i), "give it match, or days, from and to", "%s mutes every alert at every time", m.Name)
		}
	}
	for _, e := range w.List {
		c.Place(e)
	}
	return w.List
}

// bareVariable is a variable as shells know it, which is not expanded here.
var bareVariable = regexp.MustCompile(`^\$[A-Za-z_][A-Za-z0-9_]*$|\$[A-Z][A-Z0-9_]+`)

// texts warns of texts in the file's values that are taken as they are written although
// something else is meant. It does not quote them: they may be secrets.
func (w *warning) texts(path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.texts(fault.Join(path, key), v[key])
		}
	case map[string]string:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.texts(fault.Join(path, key), v[key])
		}
	case []any:
		for i, item := range v {
			w.texts(fmt.Sprintf("%s[%d]", path, i), item)
		}
	case string:
		if bareVariable.MatchString(v) {
			w.AddFix(path, "write ${NAME} for the variable", "the $ and the name after it are taken literally")
		}
		if v == "" && strings.HasPrefix(path, "alerts[") && strings.HasSuffix(path, "].severity") {
			w.AddFix(path, "write one, or remove the key", "empty, so the severity is warning")
		}
	}
}

// connections warns of settings of a connection that change nothing.
func (w *warning) connections(path string, c notify.AlertmanagerConfig) {
	for _, s := range []struct {
		key string
		set bool
	}{
		{"basic_auth", c.BasicAuth != notify.BasicAuth{}},
		{"bearer_token_file", c.BearerTokenFile != ""},
		{"tls_config", c.TLS != notify.TLSConfig{}},
	} {
		if s.set && len(c.URLs) == 0 {
			w.AddFix(path+"."+s.key, "add urls, or remove it", "not used: no urls are set")
		}
	}
	if a := c.BasicAuth; a.Username != "" && a.Password == "" && a.PasswordFile == "" {
		w.AddFix(path+".basic_auth", "set password or password_file", "username without a password: an empty one is sent")
	}
	https := func(raw string) bool { return strings.HasPrefix(raw, "https:") }
	if c.TLS != (notify.TLSConfig{}) && len(c.URLs) > 0 && !slices.ContainsFunc(c.URLs, https) {
		w.AddFix(path+".tls_config", "write https:// in urls, or remove it", "not used: no URL begins with https://")
	}
}

// inputs warns of listeners that anyone may reach, and of values of what that no licence server sends.
func (w *warning) inputs() {
	for i, s := range w.Sources {
		for j, v := range s.Parse.WhatValues {
			if v.What >= 0 {
				w.AddFix(fmt.Sprintf("sources[%d].what_values[%d].what", i, j), fmt.Sprintf("did you mean %d?", -v.What), "%d is not negative, so Android itself sends it, not a licence server", v.What)
			}
		}
		for _, text := range s.Input.Warnings() {
			w.Add(fmt.Sprintf("sources[%d].%s", i, s.Input.Kind()), "%s", text)
		}
	}
}

// elsewhere warns of rules for codes of a server that none of their sources is read as.
func (w *warning) elsewhere() {
	cat, err := codes.Load(w.Codes)
	if err != nil || len(w.Sources) == 0 {
		return // reported already
	}
	servers := map[string]string{}
	for _, s := range w.Sources {
		servers[s.Tail.Name] = cmp.Or(s.Parse.DRM, codes.Widevine.String())
	}
	for i, r := range w.Alerts {
		if meant := r.Elsewhere(cat, servers); len(meant) > 0 {
			w.Add(fmt.Sprintf("alerts[%d].match", i), "alert %s is about codes of %s, but none of its sources has that as its drm: it fires only by records that name the server, as a licence path does",
				r.Name, strings.Join(meant, ", "))
		}
	}
}

// identity warns of rules that replace the label instance, which names the daemon.
func (w *warning) identity() {
	for i, r := range w.Alerts {
		_, own := r.Labels["instance"]
		if own || slices.Contains(r.By, "instance") {
			w.Add(fmt.Sprintf("alerts[%d]", i), "alert %s sets the label instance itself: Alertmanager takes the alerts of two daemons for one", r.Name)
		}
	}
}

// links warns of receivers elsewhere that get links to this host only.
func (w *warning) links() {
	listen := ""
	if len(w.Web.Listen) > 0 {
		listen = w.Web.Listen[0]
	}
	link, why := w.Web.ExternalURL, "web.external_url"
	host := hostOf(link)
	if link == "" {
		host, _, _ = net.SplitHostPort(listen)
		link, why = listen, "web.listen, since web.external_url is not set"
	}
	if !isLoopback(host) {
		return
	}
	for _, receiver := range slices.Concat(w.Notify.Alertmanager.URLs, w.Notify.Webhook.URLs) {
		if other := hostOf(receiver); other != "" && !isLoopback(other) {
			w.AddFix("web.external_url", "set web.external_url to where people reach this page", "alerts are sent to %s with links to %s (%s), which leads back to the reader's own host",
				other, cmp.Or(link, host), why)
			return
		}
	}
}

// chatHosts take messages of their own format only.
var chatHosts = []string{"hooks.slack.com", "events.pagerduty.com", "events.eu.pagerduty.com", "api.opsgenie.com", "api.eu.opsgenie.com",
	"discord.com", "discordapp.com", "webhook.office.com", "chat.googleapis.com", "api.telegram.org"}

// receivers warns of webhooks at hosts that do not read Alertmanager's format.
func (w *warning) receivers() {
	for i, raw := range w.Notify.Webhook.URLs {
		host := hostOf(raw)
		if slices.ContainsFunc(chatHosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) }) {
			w.AddFix(fmt.Sprintf("notify.webhook.urls[%d]", i), "send to an Alertmanager, and have it notify "+host, "%s does not read Alertmanager's webhook format", host)
		}
	}
}

// hostOf returns the host of a URL without its port; "" where there is none.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// isLoopback reports whether a host is this one, whoever asks.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
