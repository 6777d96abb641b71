package parser

import (
	"strings"
	"testing"
)

func TestLabelFaults(t *testing.T) {
	const device, person = "names a device: it points to one and has as many values as there are, so it never becomes a label; take what groups them, such as device_type, device_model or platform",
		"names a person: it points to one and has as many values as there are, so it never becomes a label; take what groups them, such as tenant, country or plan"
	labels := func(l ...LabelConfig) Config { return Config{Labels: l} }
	for _, tt := range []struct {
		name string
		c    Config
		want string // "" for valid
	}{
		{"path, key and name", labels(LabelConfig{Name: "platform", Path: "client.os"}, LabelConfig{Name: "app_version"}, LabelConfig{Name: "region", Regex: `region=(\w+)`}), ""},
		{"a place for the tenant", labels(LabelConfig{Name: "tenant", Path: "operator.id"}), ""},
		{"group", Config{Format: "regex", Regex: `extra (?P<code>\d+) os=(?P<os>\w+)`, Labels: []LabelConfig{{Name: "platform", Path: "os"}, {Name: "os"}}}, ""},
		{"no group", Config{Format: "regex", Regex: `extra (?P<code>\d+)`, Labels: []LabelConfig{{Name: "os"}}},
			`labels[0].name: the source's regex has no group named "os": add (?P<os>...) to it, or give the label a regex of its own`},
		{"name", labels(LabelConfig{Name: "appVersion"}), `labels[0].name: "appVersion" is no label name: lower-case letters, digits and _, a letter first`},
		{"no name", labels(LabelConfig{Path: "os"}), `labels[0].name: "" is no label name: lower-case letters, digits and _, a letter first`},
		{"reserved", labels(LabelConfig{Name: "instance", Path: "pod"}), `labels[0].name: "instance" is set by the daemon, by Prometheus or by an alert: choose another name`},
		{"twice", labels(LabelConfig{Name: "os"}, LabelConfig{Name: "os", Path: "b"}), `labels[1].name: "os" stands there twice`},
		{"two places", labels(LabelConfig{Name: "os", Path: "a", Regex: "(b)"}), "labels[0].regex: stands beside path: a value stands in one place, remove one of them"},
		{"regex without a group", labels(LabelConfig{Name: "os", Regex: `os=\w+`}), `labels[0].regex: no group: write parentheses around the value, such as platform=(\w+)`},
		{"bad regex", labels(LabelConfig{Name: "os", Regex: `os=(\w+`}), "labels[0].regex: error parsing regexp: missing closing ): `os=(\\w+` (the syntax is RE2)"},

		{"device by name", labels(LabelConfig{Name: "device"}), `labels[0].name: "device" ` + device},
		{"device by path", labels(LabelConfig{Name: "box", Path: "client.deviceId"}), `labels[0].path: "deviceId" ` + device},
		{"device by regex", labels(LabelConfig{Name: "box", Regex: `device_id"?\s*[:=]\s*"?([\w-]+)`}), `labels[0].regex: "device_id" ` + device},
		{"user as tenant", Config{Format: "json", JSON: &FieldsConfig{Code: []string{"c"}, Tenant: "user.name"}}, `json.tenant: "user" ` + person},
		{"account as tenant by group", Config{Format: "regex", Regex: `extra (?P<code>\d+) account=(?P<tenant>\S+)`}, `regex: "account" ` + person},
	} {
		err := tt.c.Validate()
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n%s\nwant:\n%s", tt.name, got, tt.want)
		}
	}
}

func TestPrivateNames(t *testing.T) {
	for _, path := range strings.Fields(`
		device deviceId deviceID device_id device-id DeviceID deviceid devices.0.id device.id device.serial client.device.uuid device_name deviceName deviceUniqueId
		device.info.id udid did esn serial mac mac_address client_id clientId drmId stb_id device_hash device_ref androidId android.id
		account accountId account_number accountNo accounts[0].id subscriber subscriberId subscriber.ref user userId username userName user.name user.id user_name
		enduser customer_id customerRef profileId profile.id household email userEmail user.email phone msisdn login sub
		content contentId content.id content_id contentID title asset assetId media.id mediaId vod_id channelId channel.id video.uuid kid key_id keyId programId item.id
		session sessionId session.id ssid sid playbackId play_id ssm.session ticket.id view_id session_token
		token accessToken access_token jwt authorization nv-authorizations cookie password secret challenge licenceId
		ip ipAddress client_ip clientIP client.ip clientip remote_addr remoteAddr x-forwarded-for IPv6 peer.address
		requestId request.id request_id correlationId trace.id traceID cid rid
		id uuid data.id [0].id value.id name.id`) {
		if checkPrivate(pathMembers(path)) == nil {
			t.Errorf("%s is accepted", path)
		}
	}
	for _, path := range strings.Fields(`
		platform os app_version appVersion version tenant tenantId tenant.id operator.id operator_id operator region country isp network
		device_type deviceType device.type device.model device.os device_model_id devicetype devicemodel device.platform device.info.model deviceManufacturer device.model.name
		content_type contentType content.type content.provider media.type stream_type streamType channel_group content_mode
		user.country user_agent userAgent user.plan account.tier account_type subscription.plan profile_type session.platform session.type session_mode
		token_type token.issuer licence_server server.name host pod.name app.id appId app player.name player_version sdk customer.tenant zip shipping clip
		labels.app kubernetes.labels.zone request.method http.version client.type client client.name drm_scheme`) {
		if err := checkPrivate(pathMembers(path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
