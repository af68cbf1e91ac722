"""Names of people and organisations as they really are, in the scripts of the whole world."""

REAL_NAMES = [
    *("Ani Petrosyan", "D. Aliyeva", "Jean-Luc d’Ormesson", "Nuala O'Faolain", "Sukarno", "María-José Núñez y Peña"),
    *("İlham Işıq", "Şəhla Məmmədova", "Gülçin Çağlar", "Łucja Żółć", "Đặng Thị Ngọc Hạnh", "Nguyễn Văn Hòa", "ʻAkahi"),
    *("Ёлкин", "Йосип Ґалаґан", "Мар'яна Їжакевич", "Ӱпымарий", "Ћирило Џомбић", "Әсел Қуанышқызы"),
    *("Հակոբ", "Գևորգյան", "ԳԵՎՈՐԳՅԱՆ", "Եվա Երևանցի", "Օֆելյա", "Մխիթար Ֆրանգուլյան"),
    *("გიორგი", "ნინო ჭავჭავაძე", "ᲜᲘᲜᲝ", "Ελένη Ξανθοπούλου", "Ἑλένη ᾨδή"),
    *("شیرین عبادی", "علی‌رضا می‌خواهم", "نَوال السَّعداوي", "ייִדיש לעבן", "שִׁירָה", "ܐܦܪܝܡ", "ދިވެހި"),
    *("कमला भट्टाचार्य", "श्री शर्मा", "শ্রেয়া বন্দ্যোপাধ্যায়", "ਗੁਰਮੀਤ", "தமிழ்ச்செல்வன்", "രാജന്‍", "ශ්‍රීමත්", "ಜ್ಞಾನೇಶ್ವರಿ"),
    *("สมหญิง", "ນ້ອຍ", "အောင်ဆန်း", "မြို့မ", "សុភា", "བསྟན་འཛིན", "ደስታ", "ⵜⵉⵣⵉⵔⵉ", "ᏣᎳᎩ", "ᠮᠣᠩᠭᠣᠯ"),
    *("山田花子", "髙橋", "葛󠄀城ゆき", "すずき・がく", "김수현", "王小明", "𠮷野家"),
]


REAL_ORGANISATIONS = [
    *("Avaaz.org", "openDemocracy.net", "“Pink” human rights NGO", "Women's Voice", "Women’s Voice", "Press 24/7"),
    *(
        "«Мемориал»",
        "ООО «Ромашка и Ко.»",
        "Amig@s de la Tierra",
        "„Sakharov“ ცენტრი",
        "«Հույս» ՀԿ",
        "A/B Club",
        "350.org",
    ),
    *(
        "جمعية «الأمل»",
        "No. 5 School",
        "Médecins du Monde / Belgique",
        "Ligue: droits & libertés",
        "Centre 2.0 + friends",
    ),
]
