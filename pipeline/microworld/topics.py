"""Sentences about anything but scenes, in six languages: what most of a bitext corpus is made of.

A sentence is a template with slots (names, cities, days, numbers, subjects); the same seed gives the same content in every
language. The templates are chosen so that no slot asks for agreement.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from pipeline.microworld.grammar import LANGUAGES

NAMES = (
    ("Anna", "Anna", "Anna", "Anna", "Анна", "安娜"),
    ("Peter", "Peter", "Pierre", "Pedro", "Петр", "彼得"),
    ("Maria", "Maria", "Marie", "María", "Мария", "玛丽亚"),
    ("Thomas", "Thomas", "Thomas", "Tomás", "Томас", "托马斯"),
    ("Julia", "Julia", "Julie", "Julia", "Юлия", "朱莉娅"),
    ("Martin", "Martin", "Martin", "Martín", "Мартин", "马丁"),
    ("Laura", "Laura", "Laure", "Laura", "Лаура", "劳拉"),
    ("David", "David", "David", "David", "Давид", "大卫"),
    ("Sophia", "Sophia", "Sophie", "Sofía", "София", "索菲亚"),
    ("Daniel", "Daniel", "Daniel", "Daniel", "Даниил", "丹尼尔"),
    ("Helen", "Helene", "Hélène", "Elena", "Елена", "海伦"),
    ("Paul", "Paul", "Paul", "Pablo", "Павел", "保罗"),
)
CITIES = (
    ("Berlin", "Berlin", "Berlin", "Berlín", "Берлине", "柏林"),
    ("Paris", "Paris", "Paris", "París", "Париже", "巴黎"),
    ("Madrid", "Madrid", "Madrid", "Madrid", "Мадриде", "马德里"),
    ("London", "London", "Londres", "Londres", "Лондоне", "伦敦"),
    ("Moscow", "Moskau", "Moscou", "Moscú", "Москве", "莫斯科"),
    ("Beijing", "Peking", "Pékin", "Pekín", "Пекине", "北京"),
    ("Vienna", "Wien", "Vienne", "Viena", "Вене", "维也纳"),
    ("Rome", "Rom", "Rome", "Roma", "Риме", "罗马"),
    ("Lisbon", "Lissabon", "Lisbonne", "Lisboa", "Лиссабоне", "里斯本"),
    ("Prague", "Prag", "Prague", "Praga", "Праге", "布拉格"),
    ("Geneva", "Genf", "Genève", "Ginebra", "Женеве", "日内瓦"),
    ("Hamburg", "Hamburg", "Hambourg", "Hamburgo", "Гамбурге", "汉堡"),
)
"""Cities; the Russian ones in the prepositional case, for they always follow "in"."""
DAYS = (
    ("on Monday", "am Montag", "lundi", "el lunes", "в понедельник", "星期一"),
    ("on Tuesday", "am Dienstag", "mardi", "el martes", "во вторник", "星期二"),
    ("on Wednesday", "am Mittwoch", "mercredi", "el miércoles", "в среду", "星期三"),
    ("on Thursday", "am Donnerstag", "jeudi", "el jueves", "в четверг", "星期四"),
    ("on Friday", "am Freitag", "vendredi", "el viernes", "в пятницу", "星期五"),
    ("on Saturday", "am Samstag", "samedi", "el sábado", "в субботу", "星期六"),
    ("on Sunday", "am Sonntag", "dimanche", "el domingo", "в воскресенье", "星期日"),
)
COMPANIES = ("Norvik", "Altera", "Bluewave", "Sandor", "Kestrel", "Domino", "Lumina", "Ostara", "Fenwick", "Tavira")
SUBJECTS = (
    ("history", "Geschichte", "l'histoire", "la historia", "история", "历史"),
    ("music", "Musik", "la musique", "la música", "музыка", "音乐"),
    ("chemistry", "Chemie", "la chimie", "la química", "химия", "化学"),
    ("law", "Recht", "le droit", "el derecho", "право", "法律"),
    ("medicine", "Medizin", "la médecine", "la medicina", "медицина", "医学"),
    ("economics", "Wirtschaft", "l'économie", "la economía", "экономика", "经济学"),
    ("physics", "Physik", "la physique", "la física", "физика", "物理学"),
    ("literature", "Literatur", "la littérature", "la literatura", "литература", "文学"),
)

# {name} {city} {day} {company} {subject} {n} {m} {time} {year}
TEMPLATES: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "{name} will send the invoice {day} before {time}.",
        "{name} schickt die Rechnung {day} vor {time} Uhr.",
        "{name} enverra la facture {day} avant {time}.",
        "{name} enviará la factura {day} antes de las {time}.",
        "{name} отправит счет {day} до {time}.",
        "{name}将在{day}{time}之前寄出发票。",
    ),
    (
        "The train to the airport leaves {day} at {time}.",
        "Der Zug zum Flughafen fährt {day} um {time} Uhr ab.",
        "Le train pour l'aéroport part {day} à {time}.",
        "El tren al aeropuerto sale {day} a las {time}.",
        "Поезд в аэропорт отправляется {day} в {time}.",
        "开往机场的火车{day}{time}出发。",
    ),
    (
        "The hotel in {city} has {n} rooms and a restaurant.",
        "Das Hotel in {city} hat {n} Zimmer und ein Restaurant.",
        "L'hôtel à {city} compte {n} chambres et un restaurant.",
        "El hotel en {city} tiene {n} habitaciones y un restaurante.",
        "Номеров в отеле в {city}: {n}, есть и ресторан.",
        "{city}的这家酒店有{n}间客房和一家餐厅。",
    ),
    (
        "Sales of {company} rose by {n} percent in {year}.",
        "Der Umsatz von {company} stieg {year} um {n} Prozent.",
        "Les ventes de {company} ont augmenté de {n} pour cent en {year}.",
        "Las ventas de {company} aumentaron un {n} por ciento en {year}.",
        "Продажи компании {company} выросли в {year} году на {n} процентов.",
        "{company}公司的销售额在{year}年增长了百分之{n}。",
    ),
    (
        "Please enter your password and click on the button below.",
        "Bitte geben Sie Ihr Passwort ein und klicken Sie auf die Schaltfläche unten.",
        "Veuillez saisir votre mot de passe et cliquer sur le bouton ci-dessous.",
        "Introduzca su contraseña y haga clic en el botón de abajo.",
        "Введите пароль и нажмите кнопку внизу.",
        "请输入您的密码，然后点击下面的按钮。",
    ),
    (
        "You can cancel your order {n} within {m} days.",
        "Sie können Ihre Bestellung {n} innerhalb von {m} Tagen stornieren.",
        "Vous pouvez annuler votre commande {n} dans un délai de {m} jours.",
        "Puede cancelar su pedido {n} en un plazo de {m} días.",
        "Вы можете отменить заказ {n} в течение {m} дней.",
        "您可以在{m}天内取消订单{n}。",
    ),
    (
        "{name} studies {subject} at the university in {city}.",
        "{name} studiert {subject} an der Universität in {city}.",
        "{name} étudie {subject} à l'université de {city}.",
        "{name} estudia {subject} en la universidad de {city}.",
        "{name} учится в университете в {city}, предмет: {subject}.",
        "{name}在{city}的大学学习{subject}。",
    ),
    (
        "The meeting with {company} has been moved to room {n}.",
        "Die Besprechung mit {company} wurde in Raum {n} verlegt.",
        "La réunion avec {company} a été déplacée dans la salle {n}.",
        "La reunión con {company} se ha trasladado a la sala {n}.",
        "Встреча с компанией {company} перенесена в кабинет {n}.",
        "与{company}公司的会议已改到{n}号会议室。",
    ),
    (
        "Temperatures in {city} will reach {n} degrees {day}.",
        "Die Temperaturen in {city} erreichen {day} {n} Grad.",
        "Les températures à {city} atteindront {n} degrés {day}.",
        "Las temperaturas en {city} alcanzarán los {n} grados {day}.",
        "Температура в {city} {day} достигнет отметки {n}.",
        "{city}{day}的气温将达到{n}度。",
    ),
    (
        "Take one tablet with water every {m} hours after meals.",
        "Nehmen Sie alle {m} Stunden nach dem Essen eine Tablette mit Wasser ein.",
        "Prenez un comprimé avec de l'eau toutes les {m} heures après les repas.",
        "Tome una tableta con agua cada {m} horas después de las comidas.",
        "Принимайте по одной таблетке с водой каждые {m} часов после еды.",
        "每{m}小时饭后用水送服一片。",
    ),
    (
        "The parliament votes {day} on the new tax law.",
        "Das Parlament stimmt {day} über das neue Steuergesetz ab.",
        "Le parlement votera {day} sur la nouvelle loi fiscale.",
        "El parlamento votará {day} la nueva ley fiscal.",
        "Парламент проголосует {day} по новому налоговому закону.",
        "议会将在{day}对新税法进行表决。",
    ),
    (
        "Add {n} grams of sugar and stir until it dissolves.",
        "Geben Sie {n} Gramm Zucker dazu und rühren Sie, bis er sich auflöst.",
        "Ajoutez {n} grammes de sucre et remuez jusqu'à dissolution.",
        "Añada {n} gramos de azúcar y remueva hasta que se disuelva.",
        "Добавьте {n} граммов сахара и мешайте до растворения.",
        "加入{n}克糖，搅拌至溶解。",
    ),
    (
        "The home team won {m} to 1 in front of {n} spectators.",
        "Die Heimmannschaft gewann {m} zu 1 vor {n} Zuschauern.",
        "L'équipe locale a gagné {m} à 1 devant {n} spectateurs.",
        "El equipo local ganó {m} a 1 ante {n} espectadores.",
        "Хозяева выиграли со счетом {m}:1, число зрителей: {n}.",
        "主队以{m}比1获胜，现场观众{n}人。",
    ),
    (
        "Nobody knows why the red line is delayed again today.",
        "Niemand weiß, warum die rote Linie heute wieder Verspätung hat.",
        "Personne ne sait pourquoi la ligne rouge a encore du retard aujourd'hui.",
        "Nadie sabe por qué la línea roja vuelve a tener retraso hoy.",
        "Никто не знает, почему красная линия сегодня опять опаздывает.",
        "没有人知道红线今天为什么又晚点了。",
    ),
    (
        "The price of a used car depends on its age and mileage.",
        "Der Preis eines Gebrauchtwagens hängt von Alter und Kilometerstand ab.",
        "Le prix d'une voiture d'occasion dépend de son âge et de son kilométrage.",
        "El precio de un coche usado depende de su antigüedad y kilometraje.",
        "Цена подержанной машины зависит от возраста и пробега.",
        "二手车的价格取决于车龄和里程。",
    ),
    (
        "Buying a house in {city} costs about {n} thousand euros.",
        "Ein Haus in {city} zu kaufen kostet etwa {n} Tausend Euro.",
        "Acheter une maison à {city} coûte environ {n} mille euros.",
        "Comprar una casa en {city} cuesta unos {n} mil euros.",
        "Купить дом в {city} стоит около {n} тысяч евро.",
        "在{city}买一套房子大约要{n}千欧元。",
    ),
    (
        "Dogs must be vaccinated before travelling abroad.",
        "Hunde müssen vor einer Auslandsreise geimpft werden.",
        "Les chiens doivent être vaccinés avant de voyager à l'étranger.",
        "Los perros deben vacunarse antes de viajar al extranjero.",
        "Собак нужно привить перед поездкой за границу.",
        "出国旅行前必须给狗接种疫苗。",
    ),
    (
        "{name} has been working for {company} since {year}.",
        "{name} arbeitet seit {year} bei {company}.",
        "{name} travaille chez {company} depuis {year}.",
        "{name} trabaja en {company} desde {year}.",
        "{name} работает в компании {company} с {year} года.",
        "{name}从{year}年起在{company}公司工作。",
    ),
    (
        "The museum in {city} is closed {day}.",
        "Das Museum in {city} ist {day} geschlossen.",
        "Le musée de {city} est fermé {day}.",
        "El museo de {city} está cerrado {day}.",
        "Музей в {city} закрыт {day}.",
        "{city}的博物馆{day}闭馆。",
    ),
    (
        "In {year} the city council decided to build a second bridge.",
        "Im Jahr {year} beschloss der Stadtrat, eine zweite Brücke zu bauen.",
        "En {year}, le conseil municipal a décidé de construire un deuxième pont.",
        "En {year} el ayuntamiento decidió construir un segundo puente.",
        "В {year} году городской совет решил построить второй мост.",
        "{year}年，市议会决定修建第二座桥。",
    ),
    (
        "Dear {name}, thank you for your letter and your kind words.",
        "Liebe Grüße an {name} und vielen Dank für den Brief und die netten Worte.",
        "Bonjour {name}, merci pour votre lettre et vos mots aimables.",
        "Hola {name}, gracias por su carta y sus amables palabras.",
        "Здравствуйте, {name}, спасибо за ваше письмо и добрые слова.",
        "{name}，您好，感谢您的来信和亲切的话语。",
    ),
    (
        "The court in {city} rejected the appeal {day}.",
        "Das Gericht in {city} wies die Berufung {day} ab.",
        "Le tribunal de {city} a rejeté l'appel {day}.",
        "El tribunal de {city} rechazó el recurso {day}.",
        "Суд в {city} отклонил апелляцию {day}.",
        "{city}的法院{day}驳回了上诉。",
    ),
    (
        "Version {m} fixes {n} errors and runs twice as fast.",
        "Version {m} behebt {n} Fehler und läuft doppelt so schnell.",
        "La version {m} corrige {n} erreurs et fonctionne deux fois plus vite.",
        "La versión {m} corrige {n} errores y funciona el doble de rápido.",
        "Версия {m} работает вдвое быстрее, исправлено ошибок: {n}.",
        "版本{m}修复了{n}个错误，运行速度提高了一倍。",
    ),
    (
        "The concert begins at {time}, doors open an hour earlier.",
        "Das Konzert beginnt um {time} Uhr, Einlass ist eine Stunde früher.",
        "Le concert commence à {time}, les portes ouvrent une heure plus tôt.",
        "El concierto empieza a las {time}, las puertas se abren una hora antes.",
        "Концерт начинается в {time}, двери открываются на час раньше.",
        "音乐会{time}开始，提前一小时入场。",
    ),
    (
        "{company} is looking for engineers with {m} years of experience.",
        "{company} sucht Ingenieure mit {m} Jahren Erfahrung.",
        "{company} recherche des ingénieurs ayant {m} ans d'expérience.",
        "{company} busca ingenieros con {m} años de experiencia.",
        "{company} ищет инженеров, стаж в годах: {m}.",
        "{company}公司正在招聘有{m}年经验的工程师。",
    ),
    (
        "We apologise for the delay and will refund {n} euros.",
        "Wir entschuldigen uns für die Verspätung und erstatten {n} Euro.",
        "Nous nous excusons pour le retard et vous rembourserons {n} euros.",
        "Pedimos disculpas por el retraso y reembolsaremos {n} euros.",
        "Приносим извинения за задержку и вернем {n} евро.",
        "对于延误我们深表歉意，并将退还{n}欧元。",
    ),
    (
        "Most people in {city} take the bus to work.",
        "Die meisten Menschen in {city} fahren mit dem Bus zur Arbeit.",
        "La plupart des gens à {city} vont au travail en bus.",
        "La mayoría de la gente en {city} va al trabajo en autobús.",
        "Большинство жителей в {city} ездят на работу на автобусе.",
        "{city}的大多数人坐公交车上班。",
    ),
    (
        "The second chapter explains the causes of the war of {year}.",
        "Das zweite Kapitel erklärt die Ursachen des Krieges von {year}.",
        "Le deuxième chapitre explique les causes de la guerre de {year}.",
        "El segundo capítulo explica las causas de la guerra de {year}.",
        "Вторая глава объясняет причины войны {year} года.",
        "第二章解释了{year}年战争的原因。",
    ),
    (
        "Regular exercise lowers the risk of heart disease.",
        "Regelmäßige Bewegung senkt das Risiko von Herzkrankheiten.",
        "L'exercice régulier réduit le risque de maladies cardiaques.",
        "El ejercicio regular reduce el riesgo de enfermedades del corazón.",
        "Регулярные упражнения снижают риск болезней сердца.",
        "经常锻炼可以降低患心脏病的风险。",
    ),
    (
        "The bank on the corner opens {day} at {time}.",
        "Die Bank an der Ecke öffnet {day} um {time} Uhr.",
        "La banque du coin ouvre {day} à {time}.",
        "El banco de la esquina abre {day} a las {time}.",
        "Банк на углу открывается {day} в {time}.",
        "街角的银行{day}{time}开门。",
    ),
    (
        "{name} asked whether the contract with {company} is still valid.",
        "{name} fragte, ob der Vertrag mit {company} noch gültig ist.",
        "{name} a demandé si le contrat avec {company} est encore valable.",
        "{name} preguntó si el contrato con {company} sigue siendo válido.",
        "{name} хочет узнать, действует ли еще договор с компанией {company}.",
        "{name}问与{company}公司的合同是否仍然有效。",
    ),
    (
        "Scientists in {city} have discovered a new kind of bacteria.",
        "Forscher in {city} haben eine neue Art von Bakterien entdeckt.",
        "Des scientifiques à {city} ont découvert un nouveau type de bactéries.",
        "Científicos en {city} han descubierto un nuevo tipo de bacterias.",
        "Ученые в {city} открыли новый вид бактерий.",
        "{city}的科学家发现了一种新的细菌。",
    ),
    (
        "The blue button starts the machine, the black one stops it.",
        "Der blaue Knopf startet die Maschine, der schwarze hält sie an.",
        "Le bouton bleu démarre la machine, le noir l'arrête.",
        "El botón azul pone en marcha la máquina, el negro la detiene.",
        "Синяя кнопка запускает машину, черная останавливает ее.",
        "蓝色按钮启动机器，黑色按钮使其停止。",
    ),
    (
        "Children under {m} travel free with an adult.",
        "Kinder unter {m} Jahren reisen mit einem Erwachsenen kostenlos.",
        "Les enfants de moins de {m} ans voyagent gratuitement avec un adulte.",
        "Los niños menores de {m} años viajan gratis con un adulto.",
        "Дети до {m} лет путешествуют бесплатно со взрослым.",
        "{m}岁以下的儿童由成人陪同可免费乘车。",
    ),
    (
        "The population of the region fell by {n} thousand in {m} years.",
        "Die Bevölkerung der Region sank in {m} Jahren um {n} Tausend.",
        "La population de la région a diminué de {n} mille en {m} ans.",
        "La población de la región disminuyó en {n} mil en {m} años.",
        "Население региона за {m} лет сократилось на {n} тысяч.",
        "该地区的人口在{m}年内减少了{n}千人。",
    ),
    (
        "{name} and the team will present the results {day} in {city}.",
        "{name} und das Team stellen die Ergebnisse {day} in {city} vor.",
        "{name} et l'équipe présenteront les résultats {day} à {city}.",
        "{name} y el equipo presentarán los resultados {day} en {city}.",
        "{name} и команда представят результаты {day} в {city}.",
        "{name}和团队将于{day}在{city}公布结果。",
    ),
    (
        "Your parcel number {n} will be delivered {day}.",
        "Ihr Paket mit der Nummer {n} wird {day} zugestellt.",
        "Votre colis numéro {n} sera livré {day}.",
        "Su paquete número {n} se entregará {day}.",
        "Посылка номер {n} будет доставлена {day}.",
        "您的{n}号包裹将于{day}送达。",
    ),
    (
        "The church in {city} was rebuilt after the fire of {year}.",
        "Die Kirche in {city} wurde nach dem Brand von {year} wieder aufgebaut.",
        "L'église de {city} a été reconstruite après l'incendie de {year}.",
        "La iglesia de {city} fue reconstruida tras el incendio de {year}.",
        "Церковь в {city} восстановили после пожара {year} года.",
        "{city}的教堂在{year}年的火灾后重建。",
    ),
    (
        "Keep this medicine out of the reach of children.",
        "Bewahren Sie dieses Arzneimittel für Kinder unzugänglich auf.",
        "Gardez ce médicament hors de portée des enfants.",
        "Mantenga este medicamento fuera del alcance de los niños.",
        "Храните это лекарство в недоступном для детей месте.",
        "请将本药品放在儿童接触不到的地方。",
    ),
    (
        "The lecture on {subject} starts {day} at {time}.",
        "Die Vorlesung zum Thema {subject} beginnt {day} um {time} Uhr.",
        "Le cours sur {subject} commence {day} à {time}.",
        "La clase sobre {subject} empieza {day} a las {time}.",
        "Лекция начинается {day} в {time}, тема: {subject}.",
        "{subject}课{day}{time}开始。",
    ),
)
ENDINGS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("", "", "", "", "", ""),
    (
        " Call {n} for help.",
        " Hilfe gibt es unter {n}.",
        " Appelez le {n} pour obtenir de l'aide.",
        " Llame al {n} para recibir ayuda.",
        " Помощь по телефону {n}.",
        "如需帮助请拨打{n}。",
    ),
    (
        " {name} agrees.",
        " {name} stimmt zu.",
        " {name} est d'accord.",
        " {name} está de acuerdo.",
        " {name} не возражает.",
        "{name}表示同意。",
    ),
    (
        " Source: {company}, {year}, page {n}.",
        " Quelle: {company}, {year}, Seite {n}.",
        " Source : {company}, {year}, page {n}.",
        " Fuente: {company}, {year}, página {n}.",
        " Источник: {company}, {year}, страница {n}.",
        "来源：{company}，{year}年，第{n}页。",
    ),
    (
        " Ask {name} about file {n} before {time}.",
        " Fragen Sie {name} vor {time} Uhr nach der Akte {n}.",
        " Demandez le dossier {n} à {name} avant {time}.",
        " Pregunte a {name} por el expediente {n} antes de las {time}.",
        " {name} до {time} ответит на вопросы о деле {n}.",
        "请在{time}之前向{name}询问{n}号文件。",
    ),
    (
        " More will be known {day}.",
        " Mehr weiß man {day}.",
        " On en saura plus {day}.",
        " Se sabrá más {day}.",
        " Подробности станут известны {day}.",
        "{day}会有更多消息。",
    ),
)


def _ways(template: str) -> int:
    """In how many ways the slots of a template can be filled."""
    sizes = {
        "name": len(NAMES), "city": len(CITIES), "day": len(DAYS), "company": len(COMPANIES), "subject": len(SUBJECTS), "n": 979, "m": 15,
        "year": 175, "time": 156,
    }  # fmt: skip
    return math.prod(size for slot, size in sizes.items() if f"{{{slot}}}" in template)


def topic_sentences(seed: int, langs: Sequence[str]) -> dict[str, str]:
    """One sentence, now and then two, with the same content in each of ``langs``; the same for the same seed."""
    rng = random.Random(f"topic-{seed}")
    template = rng.choice(TEMPLATES)
    # What can be filled in few ways would come again and again, but for what is said after it.
    few = _ways(template[0]) < 20_000
    endings = [ending for ending in ENDINGS[1:] if not few or _ways(ending[0]) > 900]
    ending = rng.choice(endings) if rng.random() < (0.97 if few else 0.2) else ENDINGS[0]
    shared = {
        "company": rng.choice(COMPANIES), "n": rng.randrange(11, 990), "m": rng.randrange(5, 20), "year": rng.randrange(1850, 2025),
        "time": f"{rng.randrange(8, 21)}:{rng.randrange(0, 60, 5):02d}",
    }  # fmt: skip
    name, city, day, subject = rng.choice(NAMES), rng.choice(CITIES), rng.choice(DAYS), rng.choice(SUBJECTS)
    made = {}
    for lang in langs:
        at = LANGUAGES.index(lang)
        slots = {**shared, "name": name[at], "city": city[at], "day": day[at], "subject": subject[at]}
        made[lang] = (template[at] + ending[at]).format(**slots)
    return made
