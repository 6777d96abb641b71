package privacy

import "testing"

func TestLabelValue(t *testing.T) {
	for _, v := range []string{
		"T1", "NAG4001", "tenant-a", "operator_7", "Acme TV", "android", "5.2.12", "2.10.1-rc3", "SM-G991B", "SHIELD Android TV", "eu-west-1", "L3", "widevine", "São Paulo", "日本",
		"Chrome 131", "okhttp/4.9.3", "iPhone14,2", "AFTKA", "BRAVIA 4K VH2", "HbbTV/1.5.1", "10.0", "17.6.1", "build 20231", "api-gateway-2", "canalplus", "premium+sports", "channel 4", "dazn_de",
	} {
		if !LabelValue([]byte(v)) {
			t.Errorf("%q is refused", v)
		}
	}
	for _, v := range []string{
		"", "192.0.2.77", "10.1.2.3:443", "2001:db8::7334", "::1", "fe80::1c2d", "00:1b:44:11:3a:b7", "00-1b-44-11-3a-b7", "001b44113ab7", "001b.4411.3ab7",
		"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "490154203237518", "41791234567", "+41 79 123 45 67", "079 123 45 67", "884211907",
		"6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6F9619FF8B86D011B42D00CF4FC964FF", "821bc6ed1e7c4469", "9774d56d682e549c", "507f1f77bcf86cd799439011",
		"zeynep@example.com", "zeynep%40example.com", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "CAESvh8KDQ40NjAwNi8r", "q7Zx9Tb2Lm4k", "sk_live_4eC39HqLyjWDar", "ghp_16C7e42F292c6912E7",
		"1984-03-12", "12.03.1984", "03/12/1984", "CH9300762011623852957", "V1StGXR8Z5jdHi6BmyT", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "C02XK1ZZJGH5", "47.376887,8.541694",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a\nb",
	} {
		if LabelValue([]byte(v)) {
			t.Errorf("%q is accepted", v)
		}
	}
	value := []byte("okhttp/4.9.3")
	if n := testing.AllocsPerRun(100, func() { LabelValue(value) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
