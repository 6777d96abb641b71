package main

import "strconv"

const (
	licensePath = "/NAG4001/wvls/contentlicenseservice/v1/licenses"
	renewalPath = "/NAG4001/ssm/v1/renewal-license-wv"
	sessionPath = "/NAG4001/ssm/v1/sessions"
	healthPath  = "/actuator/health"
)

// appendProxyJSON appends a line of a licence proxy that logs JSON: nginx in
// front, now and then Caddy's or the application's own record between.
func (g *generator) appendProxyJSON(dst []byte) []byte {
	refused := g.oneIn(20)
	switch {
	case refused && g.oneIn(4):
		return g.appendPino(dst, g.refusal())
	case !refused && g.oneIn(20):
		return g.appendCaddy(dst, g.exchange(false))
	default:
		return g.appendNginxJSON(dst, g.exchange(refused))
	}
}

// appendProxyText appends a line of a licence proxy that logs text: nginx's
// combined format with the answer's body, now and then the application's line.
func (g *generator) appendProxyText(dst []byte) []byte {
	refused := g.oneIn(20)
	if refused && g.oneIn(8) {
		return g.appendGoLog(dst, g.refusal())
	}
	return g.appendNginxText(dst, g.exchange(refused))
}

// appendDense appends a JSON line that reports a code.
func (g *generator) appendDense(dst []byte) []byte {
	if g.oneIn(3) {
		return g.appendPino(dst, g.refusal())
	}
	return g.appendNginxJSON(dst, g.exchange(true))
}

func (g *generator) appendNginxJSON(dst []byte, x exchange) []byte {
	dst = append(dst, `{"@timestamp":"`...)
	dst = append(dst, g.iso...)
	dst = append(dst, `+00:00","remote_addr":"`...)
	dst = g.appendAddr(dst)
	dst = append(dst, `","request":"`...)
	dst = append(append(append(dst, x.method...), ' '), x.path...)
	dst = append(dst, ` HTTP/1.1","status":`...)
	dst = strconv.AppendInt(dst, int64(x.status), 10)
	dst = append(dst, `,"body_bytes_sent":`...)
	dst = g.appendNumber(dst, 55, 9000)
	dst = append(dst, `,"request_time":`...)
	dst = g.appendSeconds(dst)
	dst = append(dst, `,"upstream_addr":"`...)
	dst = g.appendAddr(dst)
	dst = append(append(dst, ':'), g.port()...)
	dst = append(dst, `","correlation_id":"`...)
	dst = g.appendUUID(dst)
	dst = append(dst, `","resp_body":"`...)
	if x.refusal != nil {
		dst = append(dst, x.refusal.escaped...)
	} else {
		dst = append(dst, '-')
	}
	return append(dst, `"}`...)
}

func (g *generator) appendCaddy(dst []byte, x exchange) []byte {
	dst = append(dst, `{"level":"info","ts":`...)
	dst = strconv.AppendInt(dst, g.now.Unix(), 10)
	dst = append(append(dst, '.'), fraction(g.now.Nanosecond()/1e3, 6)...)
	dst = append(dst, `,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"`...)
	dst = g.appendAddr(dst)
	dst = append(dst, `","remote_port":"`...)
	dst = g.appendNumber(dst, 1024, 65535)
	dst = append(dst, `","proto":"HTTP/1.1","method":"`...)
	dst = append(dst, x.method...)
	dst = append(dst, `","uri":"`...)
	dst = append(dst, x.path...)
	dst = append(dst, `?tenant=NAG4001","headers":{"X-Correlation-Id":["`...)
	dst = g.appendUUID(dst)
	dst = append(dst, `"]}},"duration":`...)
	dst = g.appendSeconds(dst)
	dst = append(dst, `,"size":`...)
	dst = g.appendNumber(dst, 55, 9000)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(x.status), 10)
	return append(dst, '}')
}

// appendPino appends the application's word on a refusal; it names no URL and so
// is no request.
func (g *generator) appendPino(dst []byte, r *report) []byte {
	dst = append(dst, `{"level":40,"time":`...)
	dst = strconv.AppendInt(dst, g.now.UnixMilli(), 10)
	dst = append(dst, `,"pid":`...)
	dst = g.appendNumber(dst, 1000, 9999)
	dst = append(dst, `,"hostname":"proxy-`...)
	dst = g.appendNumber(dst, 1000, 9999)
	dst = append(dst, `","correlationId":"`...)
	dst = g.appendUUID(dst)
	dst = append(dst, `","statusCode":`...)
	dst = strconv.AppendInt(dst, int64(r.status), 10)
	dst = append(dst, `,"responseTime":`...)
	dst = g.appendNumber(dst, 1, 9999)
	// A denial of SSM is recognisable by its path alone where its body is bare.
	if r.fact.drm == "ssm" {
		dst = append(dst, `,"path":"`+sessionPath+`"`...)
	}
	if g.oneIn(2) {
		dst = append(dst, `,"ssp":`...)
		dst = append(dst, r.plain...)
		return append(dst, `,"msg":"licence denied"}`...)
	}
	dst = append(dst, `,"body":"`...)
	dst = append(dst, r.escaped...)
	return append(dst, `","msg":"upstream returned error"}`...)
}

func (g *generator) appendNginxText(dst []byte, x exchange) []byte {
	dst = g.appendAddr(dst)
	dst = append(dst, ` - - [`...)
	dst = append(dst, g.clf...)
	dst = append(dst, `] "`...)
	dst = append(append(append(dst, x.method...), ' '), x.path...)
	dst = append(dst, ` HTTP/1.1" `...)
	dst = strconv.AppendInt(dst, int64(x.status), 10)
	dst = append(dst, ' ')
	dst = g.appendNumber(dst, 55, 9000)
	dst = append(dst, ` "-" "`...)
	dst = append(dst, g.agent()...)
	dst = append(dst, `" rt=`...)
	dst = g.appendSeconds(dst)
	dst = append(dst, ` up=`...)
	dst = g.appendAddr(dst)
	dst = append(append(dst, ':'), g.port()...)
	dst = append(dst, ` pid=`...)
	dst = g.appendNumber(dst, 1000, 9999)
	dst = append(dst, ` rid=`...)
	dst = g.appendHex(g.appendHex(dst, 16), 16)
	dst = append(dst, ` cid=`...)
	dst = g.appendUUID(dst)
	dst = append(dst, ` xerr="`...)
	if x.refusal != nil {
		dst = append(dst, x.refusal.hex...)
	} else {
		dst = append(dst, '-')
	}
	return append(dst, '"')
}

// appendGoLog appends a line of the standard logger of Go, with the bare body;
// its path is no licence URL and so it is no request.
func (g *generator) appendGoLog(dst []byte, r *report) []byte {
	dst = g.now.AppendFormat(dst, "2006/01/02 15:04:05.000000")
	dst = append(dst, ` main.go:`...)
	dst = g.appendNumber(dst, 1000, 9999)
	dst = append(dst, `: exchange `...)
	dst = g.appendUUID(dst)
	if r.fact.drm == "ssm" {
		dst = append(dst, ` at `+sessionPath...)
	}
	dst = append(dst, ` failed status=`...)
	dst = strconv.AppendInt(dst, int64(r.status), 10)
	dst = append(dst, ` body=`...)
	return append(dst, r.plain...)
}

// appendNoise appends an application line in which neither a code nor a request
// can occur.
func (g *generator) appendNoise(dst []byte) []byte {
	dst = append(dst, g.iso...)
	dst = append(append(dst, '.'), fraction(g.now.Nanosecond()/1e6, 3)...)
	dst = append(dst, `Z INFO  [http-nio-8080-exec-`...)
	dst = g.appendNumber(dst, 1, 200)
	switch g.rng.IntN(4) {
	case 0:
		dst = append(dst, `] c.o.drm.proxy.KeyCache - refreshed `...)
		dst = g.appendNumber(dst, 1000, 9999)
		dst = append(dst, ` entries in `...)
		dst = g.appendNumber(dst, 1000, 9999)
		dst = append(dst, ` ms, heap `...)
		dst = g.appendNumber(dst, 1000, 9999)
		dst = append(dst, ` MiB, generation `...)
		return g.appendUUID(dst)
	case 1:
		dst = append(dst, `] c.o.drm.proxy.Pool - connection to `...)
		dst = g.appendAddr(dst)
		dst = append(append(dst, ':'), g.port()...)
		dst = append(dst, ` returned after `...)
		dst = g.appendNumber(dst, 1000, 9999)
		dst = append(dst, ` uses, idle `...)
		dst = g.appendSeconds(dst)
		return append(dst, ` s, pool size 64, waiting 0, leased 12`...)
	case 2:
		dst = append(dst, `] c.o.drm.proxy.Catalogue - title `...)
		dst = g.appendHex(dst, 16)
		dst = append(dst, ` has `...)
		dst = g.appendNumber(dst, 1, 40)
		dst = append(dst, ` renditions, duration `...)
		dst = g.appendNumber(dst, 1000, 9999)
		dst = append(dst, ` s, window `...)
		dst = append(dst, g.iso...)
		return append(dst, ` to 2027-04-30T00:00:00, region AT, audio de en`...)
	default:
		dst = append(dst, `] c.o.drm.proxy.Scheduler - job `...)
		dst = g.appendUUID(dst)
		dst = append(dst, ` on worker `...)
		dst = g.appendNumber(dst, 1000, 9999)
		dst = append(dst, ` took `...)
		dst = g.appendNumber(dst, 1000, 9999)
		return append(dst, ` us, next run in 60 s, queue empty, lag none`...)
	}
}
