package charset

import (
	"bytes"
	"strings"
	"testing"
)

// misread gives what text becomes that is written in one encoding and read in
// another; what the other does not have becomes U+FFFD or is left out.
func misread(t *testing.T, text, written, read string, drop bool) string {
	p, err := library[read].NewDecoder().Bytes(encode(t, written, text))
	if err != nil {
		t.Fatal(err)
	}
	if drop {
		p = bytes.ReplaceAll(p, replacement, nil)
	}
	return string(p)
}

func TestMojibake(t *testing.T) {
	for _, c := range []struct{ what, text, mark, reason string }{
		{"replaced", "a,单\ufffd,b", "\ufffd", "U+FFFD"},
		{"replaced and read as gb18030", "状态,锟斤拷", "锟斤拷", "锟斤拷"},
		{"memory", "a,烫烫烫烫", "烫", "uninitialised"},
		{"memory", "a,屯屯屯", "屯", "uninitialised"},
		{"utf-8 as windows-1252", "a,b\ndescriÃ§Ã£o,x", "Ã", "utf-8 read as windows-1252"},
		{"letters apart", "JosÃ©,x\nMarÃ\u00ada,y", "Ã©", "several"},
		{"signs apart", "5 Â°C, NÂº 3", "Â°", "several"},
		{"apostrophe", "donâ€™t", "â€™", "punctuation"},
		{"mark as windows-1252", "ï»¿id,name", "ï»¿", "mark"},
		{"mark as gb18030", "锘縪rder,id", "锘", "mark"},
		{"utf-8 as gbk", "a,鍥介檯", "鍥", "utf-8 read as gb18030"},
		{"C1", "don\u0092t", "\u0092", "C1"},
		{"gb18030 as latin-1", "¶©µ¥ºÅ,ÔËµ¥ºÅ", "¶", "gb18030 read as windows-1252"},
		{"one character with private use", "a,涓\ue15e浗", "涓", "private-use"},
	} {
		at, reason, found := Mojibake([]byte(c.text))
		if !found || int(at) != strings.Index(c.text, c.mark) || !strings.Contains(reason, c.reason) {
			t.Errorf("%s: %d, %q, %v", c.what, at, reason, found)
		}
	}
	for _, text := range []string{header, "物流状态,已签收\n", "国际运费,燃油附加费\n", "收件人,地址,电话\n", "中国,上海\n"} {
		for _, drop := range []bool{false, true} {
			wrong := misread(t, text, utf8Name, gbName, drop)
			if _, _, found := Mojibake([]byte(wrong)); !found {
				t.Errorf("not found (dropped: %v): %q from %q", drop, wrong, text)
			}
		}
	}
}

func TestNoMojibake(t *testing.T) {
	for what, text := range map[string]string{
		"ascii":       "id,name\n1,x\n",
		"header":      header + headerTrad + headerJapan,
		"chinese":     "您的快件已签收,签收人:前台。妥投;派送中;已揽收;运输中;到达派件城市;清关完成,等待转运……“丰巢”代收——如有疑问请联系。包裹离开【深圳转运中心】,发往【洛杉矶】。航班起飞;航班落地;海关查验;退件处理中;地址不详;收件人拒收;包裹破损;尾程派送失败,已二次派送。涓涓细流,玮琪、珊珊与浩淼;锟铻;喝口烫烫的汤。计抛重量:长×宽×高÷5000,3×…×…,±5%,25℃,№1。",
		"goods":       "女士夏季雪纺连衣裙,蓝牙耳机降噪,不锈钢保温杯500ml,儿童玩具鸭嘴兽、鳄鱼、麒麟;瑜伽垫、玛瑙手链、琥珀吊坠、珐琅杯、珍珠、玻璃、玫瑰;洗涤剂、浴缸、泳镜、渔具、漱口水、潜水镜;帷幔、帐篷;纱窗、纺织、绒毯、绣花、缎带;邮票、郑州、邓州、邢台;彩妆、弹簧、妩媚、嫦娥。",
		"traditional": "您的包裹已簽收,鎮長、鐘錶、閘門、鑰匙、錢包、開關、長度、門檻。退貨處理中,請聯繫客服。",
		"japanese":    "お荷物は配達完了しました。持ち戻り・再配達のご依頼、コンビニ受取。縺れ、繧繝。ｶﾀｶﾅ",
		"french":      "L’expéditeur a remis le colis — « déjà livré à l’été » ; Noël, cœur, aïeul, où, ça, «café», «\u00a0café\u00a0», « À L’ÉTÉ », «CAFÉ», CÂBLE, ÎLE, 25 °C, n°\u00a03, 3 €.",
		"spanish":     "El envío salió de Bogotá; ¿dónde está? ¡Mañana llegará! Nº 3, 1.ª planta, pingüino, «año», AÑO, ¡¡¡¡, ÁÉÍÓÚÜÑ áéíóúüñ.",
		"german":      "Die Sendung für Köln wurde zurückgestellt: „Straße“, »Fuß«, «Fuß», Größe, ÄÖÜß, äöüß, 5 µm, § 3, ÜBERGRÖSSE.",
		"portuguese":  "Não entregue: endereço incorreto, SÃO PAULO, MANHÃ, «MANHÃ\u00bb, «IRMÃ\u00bb, 1ª e 2º, AÇÃO, CORAÇÕES, ãõáéíóúâêôàç, ÃÕÁÉÍÓÚÂÊÔÀÇ, R$ 3 – “não”…",
		"signs":       "© ® ™ ° ± § ¶ • · … — – × ÷ ½ ¼ ¾ £ ¥ € ±° ··· ——",
		"one pair":    "a Ã© b",
		"emoji":       "ótimo 👍🏽 ❤️ 😀",
		"cut off":     "单\xe5\x8d",
	} {
		if at, reason, found := Mojibake([]byte(text)); found {
			t.Errorf("%s: %s at %d: %q", what, reason, at, text[at:min(len(text), int(at)+20)])
		}
		if what != "cut off" {
			if got, err := convert(utf8Name, []byte(text)); err != nil || got != text {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

// TestNoMojibakeInUsualText: pseudo-random text of the usual characters and of
// all of GB2312's second level has no marks.
func TestNoMojibakeInUsualText(t *testing.T) {
	table := gbTable()
	var usualRunes, rareRunes []rune
	for code, r := range table.pair {
		switch table.class[code] {
		case usual, common:
			usualRunes = append(usualRunes, r)
		case rare:
			rareRunes = append(rareRunes, r)
		}
	}
	var b strings.Builder
	state := uint64(1)
	for range 200_000 {
		state = state*6364136223846793005 + 1442695040888963407
		pick, set := int(state>>33), usualRunes
		if pick%50 == 0 {
			set = rareRunes
		}
		b.WriteRune(set[(pick/50)%len(set)])
	}
	text := b.String()
	if at, reason, found := Mojibake([]byte(text)); found {
		t.Errorf("%s at %d: %q", reason, at, text[at:at+12])
	}
}

func BenchmarkMojibake(b *testing.B) {
	for name, text := range map[string]string{"chinese": header + "已签收,深圳市宝安区\n", "portuguese": rowsLatin} {
		p := bytes.Repeat([]byte(text), 20_000)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				Mojibake(p)
			}
		})
	}
}

func BenchmarkDetect(b *testing.B) {
	p := bytes.Repeat(encode(b, gbName, header), (1<<20)/35)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		Detect(p, false)
	}
}
