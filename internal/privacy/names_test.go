package privacy

import (
	"regexp"
	"strings"
	"testing"
)

var member = regexp.MustCompile(`[^.\[\]]+`)

func members(path string) []string { return member.FindAllString(path, -1) }

func TestPrivateNames(t *testing.T) {
	for path := range strings.FieldsSeq(`
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
		if CheckName(members(path)) == nil {
			t.Errorf("%s is accepted", path)
		}
	}
	for path := range strings.FieldsSeq(`
		platform os app_version appVersion version tenant tenantId tenant.id operator.id operator_id operator region country isp network
		device_type deviceType device.type device.model device.os device_model_id devicetype devicemodel device.platform device.info.model deviceManufacturer device.model.name
		content_type contentType content.type content.provider media.type stream_type streamType channel_group content_mode
		user.country user_agent userAgent user.plan account.tier account_type subscription.plan profile_type session.platform session.type session_mode
		token_type token.issuer licence_server server.name host pod.name app.id appId app player.name player_version sdk customer.tenant zip shipping clip
		labels.app kubernetes.labels.zone request.method http.version client.type client client.name drm_scheme`) {
		if err := CheckName(members(path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
