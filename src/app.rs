//! What a handler may hold; gathers the doors; answers errors as pages.

use crate::api;
use crate::backups;
use crate::calendars;
use crate::cases;
use crate::catalog::{self, Catalog};
use crate::claims;
use crate::construction;
use crate::duty;
use crate::embed;
use crate::enforcement;
use crate::evaluation;
use crate::exchange;
use crate::files::{self, blobs::Blobs};
use crate::follows;
use crate::grid::{self, base_map::BaseMap, cells::Grid};
use crate::hotline;
use crate::imports;
use crate::inspection;
use crate::instances;
use crate::kit::assets::Assets;
use crate::kit::behind::{awaited, behind};
use crate::kit::body;
use crate::kit::clock::Clock;
use crate::kit::db::{Db, DbError, Tx};
use crate::kit::error::{Error, ErrorPage, Refusal};
use crate::kit::fields::{self, Field, Typed};
use crate::kit::gates;
use crate::kit::headers;
use crate::kit::id::{self, Id};
use crate::kit::kept::Kept;
use crate::kit::paces::Ledger;
use crate::kit::page::{Frame, Pages};
use crate::kit::peers;
use crate::kit::requests::Number;
use crate::kit::sealing::{KEYS, Keys};
use crate::kit::sources::Sources;
use crate::kit::words::{LANGUAGES, Words};
use crate::law::{Calendar, Conventions, WorkingHours};
use crate::notices::{self, ways::Ways};
use crate::open311::{self, answering::Limits};
use crate::opendata;
use crate::papers;
use crate::people;
use crate::people::act::{Act, may};
use crate::people::actor::Actor;
use crate::people::doors::{Access, Door, Visit, guard};
use crate::places;
use crate::repeats;
use crate::reports;
use crate::retention;
use crate::rolls;
use crate::sealing;
use crate::search;
use crate::status;
use crate::suggestions;
use crate::superior;
use crate::teaching;
use crate::tiles;
use crate::timeline::{self, News};
use crate::views;
use crate::whistles;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;

/// The largest request: nine photos of 20 MB and the words.
pub(crate) const LARGEST_REQUEST: usize = 200 << 20;
/// How long the database may take for what a job does that lets nobody go first: by it the other programs know that this one lives.
const AT_ONCE: Duration = Duration::from_secs(30);

/// What every handler may hold; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Held>);

/// The parts of [`App`].
pub struct Held {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Pages and words.
    pub pages: Pages,
    /// Stylesheets and scripts.
    pub assets: Assets,
    /// The city's settings.
    pub city: City,
    /// The city's own numbers about reports.
    pub reports: reports::settings::Settings,
    /// Where reports come in.
    pub intake: reports::intake::Intake,
    /// Where citizens reach the program, without a slash at its end; empty: wherever the request came to.
    pub public_url: String,
    /// The files that the city is made of.
    pub sources: Sources,
    /// What counts, how long it may take and who is responsible.
    pub catalog: Catalog,
    /// The working calendar, as far as it is loaded.
    pub calendar: Calendar,
    /// The law's terms and numbers, the matters, the organ.
    pub statutes: enforcement::statutes::Statutes,
    /// What enterprises may be checked for, and how often.
    pub inspection: inspection::Items,
    /// How the city reads a limit where the law leaves a choice.
    pub conventions: Conventions,
    /// How the city's maps begin.
    pub base_map: BaseMap,
    /// The limits of the desk's own clocks, and when a clock turns yellow.
    pub stage_limits: cases::timer::StageLimits,
    /// Who decides what about a case, and what else cities settle differently.
    pub case_settings: cases::case::Settings,
    /// What the city finds odd about photos of handled work.
    pub photo_checks: cases::photo_checks::finding::Settings,
    /// How the city writes the numbers of its cases.
    pub numbers: cases::numbering::NumberPattern,
    /// The numbers that this program has taken and not given to a case yet.
    pub serials: timeline::serials::Serials,
    /// The city's own numbers about whistles.
    pub whistles: whistles::settings::Settings,
    /// The city's numbers about its store of files.
    pub files: files::settings::Settings,
    /// The ground: areas and unit grids, in memory; replaced whole after an import.
    ground: RwLock<Arc<Grid>>,
    /// Who watches over which unit grid: the accounts of keepers by unit grid, from the responsibility grids.
    keepers: RwLock<Arc<HashMap<String, Id>>>,
    /// The gazetteer, ready to be asked, and the city's own numbers about it.
    pub places: places::keeping::Held,
    /// Where photos are kept.
    pub blobs: Blobs,
    /// News for open screens, sent after commits.
    pub news: broadcast::Sender<News>,
    /// The other programs on this database.
    pub instances: instances::Held,
    /// Whether the program is about to end.
    stop: watch::Sender<bool>,
    /// What the program does by itself.
    jobs: Mutex<Vec<(&'static str, JoinHandle<()>)>>,
    /// How many pieces of news there were: whoever keeps an answer knows by it whether it is still true.
    pub changes: AtomicU64,
    /// The filing conditions as options of a form.
    pub standards: cases::standards::Shelf,
    /// The city's own numbers about duty.
    pub duty: duty::settings::Settings,
    /// The imports that are being taken over.
    pub imports: imports::working::Working,
    /// First passwords of lists of staff, until they are handed out.
    pub rolls: rolls::handing::Hands,
    /// How work orders of hotlines are read.
    pub hotline: hotline::settings::Settings,
    /// When complaints count as repeated.
    pub repeats: repeats::Held,
    /// How many cases stand where.
    pub tallies: cases::tally::Tallies,
    /// What the city says about twins of reports, and which words are rare.
    pub twins: reports::twins::Held,
    /// The figures of the home page.
    pub figures: Kept<reports::store::Figures>,
    /// The ways by which notices leave the program.
    pub ways: Ways,
    /// What guesses sub-classes from words.
    pub suggestions: suggestions::running::Held,
    /// What counts in an evaluation, and what its room keeps in memory.
    pub evaluation: evaluation::running::Held,
    /// What there is to practise, from the city's files.
    pub exercises: Vec<teaching::exercise::Exercise>,
    /// The kinds of papers, and what sets them.
    pub papers: papers::Held,
    /// What the city says about Open311, and who asked how often.
    pub open311: open311::Held,
    /// What the city says about its own API, and who asked how often.
    pub api: api::Held,
    /// How far facts were put in order.
    pub feed: timeline::feed::Feed,
    /// Where the service keeps each day's backup, and how many.
    pub backup: backups::set::Settings,
    /// By what the log of facts is sealed.
    pub seal: timeline::chain::Algorithm,
    /// What the city says about exchanging with other systems, and what asks them.
    pub exchange: exchange::Held,
    /// What goes up to the superiors' platforms.
    pub superior: superior::Held,
    /// What the city says about its open data, and who asked how often.
    pub opendata: opendata::Held,
    /// What citizens follow.
    pub follows: follows::Held,
    /// How long the city takes to answer what persons ask for about what is kept of them.
    pub claims: claims::settings::Settings,
    /// The pieces of the map.
    pub tiles: tiles::Held,
    /// Which sites may show the city's pages in a frame.
    pub embed: embed::settings::Settings,
    /// How long what is known of persons is kept.
    pub retention: retention::settings::Settings,
    /// What this program and the others have counted of whoever asks.
    pub ledger: Arc<Ledger>,
    /// How often somebody may knock at doors.
    pub paces: people::paces::Held,
    /// How many requests are answered at the same time.
    pub shedding: status::shedding::Held,
    /// Whether all is well, and what was counted.
    pub status: status::Held,
    /// What the city says about identities, and what seals the keys of second factors.
    pub identity: people::identity::Held,
    /// Tells somebody what happened to their account.
    pub account_news: people::identity::Tell,
    /// What of other rooms a penalty case may come from.
    pub clues: Vec<(&'static str, enforcement::opening::Offers)>,
}

impl std::ops::Deref for App {
    type Target = Held;
    fn deref(&self) -> &Held {
        &self.0
    }
}

/// The settings of a city, from `city.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct City {
    /// The city's name in Chinese.
    pub name: String,
    /// The city's name in English.
    pub name_en: String,
    /// The name over the public pages in Chinese; empty: the city's name and what the program is.
    #[serde(default)]
    pub programme: String,
    /// The name over the public pages in English.
    #[serde(default)]
    pub programme_en: String,
    /// The time zone's IANA name.
    pub time_zone: String,
    /// Everything else that rooms read for themselves.
    #[serde(flatten)]
    pub rest: toml::Table,
}

impl City {
    /// Reads `city.toml`.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is missing or cannot be read, or when its time zone is unknown.
    pub fn of(sources: &Sources) -> Result<City, Error> {
        let wrong = |what: String| Error::Internal(format!("city.toml{what}"));
        let text = sources.text("city.toml").ok_or_else(|| wrong(" is missing".to_owned()))?;
        let city: City = toml::from_str(&text).map_err(|error| {
            wrong(format!(", line {}: {}", catalog::problem::line_of(&text, &error), error.message()))
        })?;
        jiff::tz::TimeZone::get(&city.time_zone).map_err(|error| wrong(format!(": time_zone: {error}")))?;
        Ok(city)
    }

    /// The time zone; a name that is unknown reads as China's.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.time_zone)
            .unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8)))
    }
}

impl App {
    /// Puts a program together over an open and migrated database, with its files at the address `files`.
    ///
    /// # Errors
    /// When `city.toml` is missing or cannot be read.
    pub async fn new(db: Db, clock: Clock, sources: Sources, files: &str) -> Result<App, Error> {
        App::with_secrets(db, clock, sources, files, |name| std::env::var(name).ok()).await
    }

    /// The same with passwords and tokens read by `secret` instead of from the environment.
    ///
    /// # Errors
    /// As [`App::new`].
    pub async fn with_secrets(
        db: Db,
        clock: Clock,
        sources: Sources,
        files: &str,
        secret: impl Fn(&str) -> Option<String>,
    ) -> Result<App, Error> {
        let blobs = Blobs::open(files)?;
        let city = City::of(&sources)?;
        let calendar = law_calendar(&sources, &city)?;
        let hotline = hotline::settings::Settings::load(&sources)
            .map_err(|problem| Error::Internal(format!("{}: {problem}", hotline::settings::FILE)))?;
        let unfit = |problem: String| Error::Internal(format!("city.toml: {problem}"));
        let conventions = Conventions::of_city(&city.rest).map_err(|key| unfit(sentence(&sources, key)))?;
        let catalog = Catalog::load(&sources.folder(catalog::catalog::FOLDER)).map_err(wrong_in(&sources))?;
        let statutes = enforcement::statutes::Statutes::load(&sources).map_err(wrong_in(&sources))?;
        let inspection = inspection::Items::load(&sources.text(inspection::items::FILE).unwrap_or_default())
            .map_err(wrong_in(&sources))?;
        let spoken = suggestions::reader::Vocabulary::load(&sources.folder(catalog::catalog::FOLDER), &catalog)
            .map_err(wrong_in(&sources))?;
        let suggesting = suggestions::suggestion::Settings::of_city(&city.rest).map_err(unfit)?;
        let reports = reports::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let duty = duty::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let twins = reports::twins::Held::of_city(&city.rest, &sources).map_err(unfit)?;
        let repeated = repeats::settings::Settings::load(&sources)
            .map_err(|problems| Error::Internal(format!("{}: {}", repeats::settings::FILE, problems.join("; "))))?;
        let public_url = reports::settings::public_url(&city.rest).map_err(unfit)?;
        let base_map = BaseMap::of_city(&city.rest).map_err(unfit)?;
        let evaluation = evaluation::definitions::Definitions::load(&sources.folder(evaluation::definitions::FOLDER))
            .map_err(wrong_in(&sources))?;
        let scoring = evaluation::Settings::of_city(&city.rest).map_err(unfit)?;
        let numbers = cases::numbering::NumberPattern::of_city(&city.rest).map_err(unfit)?;
        let case_settings = cases::case::Settings::of_city(&city.rest).map_err(unfit)?;
        let photo_checks = cases::photo_checks::finding::Settings::of_city(&city.rest).map_err(unfit)?;
        let stage_limits =
            cases::timer::StageLimits::of_city(&city.rest).map_err(|key| unfit(sentence(&sources, key)))?;
        let follows = follows::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let claims = claims::settings::Settings::load(&sources)
            .map_err(|problem| Error::Internal(format!("{}: {problem}", claims::settings::FILE)))?;
        let embed = embed::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let retention = retention::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let gates = gates::Settings::of_city(&city.rest, &public_url).map_err(unfit)?;
        let status = status::Held::new(secret(status::TOKEN), files);
        let identity = people::identity::Held::of_city(&city.rest, &secret).map_err(unfit)?;
        let ways = Ways::of_city(&city.rest, &public_url, &secret).map_err(unfit)?;
        let whistles = whistles::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let file_settings = files::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let places = places::settings::Settings::of_city(&city.rest).map_err(unfit)?;
        let papers = papers::Held::load(
            &sources,
            vec![
                (enforcement::store::SUBJECT, "/enforcement", enforcement::store::sees),
                (construction::store::SUBJECT, "/buildings", construction::store::sees),
                (inspection::store::SUBJECT, "/inspections", inspection::store::sees),
            ],
        )
        .map_err(Error::Internal)?;
        let ledger = Arc::new(Ledger::default());
        let mut open311 = open311::Held::load(&sources, &catalog).map_err(Error::Internal)?;
        open311.limits = Limits::shared("open311", &ledger);
        let mut api = api::Held::of_city(&city.rest).map_err(unfit)?;
        api.limits = Limits::shared("api", &ledger);
        let backup = backups::set::Settings::of_city(&city.rest).map_err(unfit)?;
        let seal = timeline::chain::Algorithm::of_city(&city.rest).map_err(unfit)?;
        let exchange = exchange::Held::of_city(&city.rest).map_err(unfit)?;
        let superior =
            superior::Held::load(&city.rest, &sources, &evaluation, files, &secret).map_err(Error::Internal)?;
        let mut opendata = opendata::Held::of_city(&city.rest).map_err(unfit)?;
        opendata.limits = Limits::shared("open-data", &ledger);
        let (exercises, unfit_exercises) = teaching::exercise::load(&sources, &statutes.law(&calendar));
        let (words, problems) = Words::load(&sources);
        for problem in unfit_exercises {
            tracing::warn!(problem = problem.told(&words), "teaching");
        }
        for problem in problems {
            tracing::warn!(problem, "locales");
        }
        let assets = Assets::load(&sources);
        let addresses = assets.clone();
        let pages =
            Pages::new(sources.clone(), Arc::new(words), city.zone(), move |name: &str| addresses.address(name));
        let keys = Keys::of(secret(KEYS).as_deref()).map_err(Error::Internal)?;
        let db = db.with_keys(keys);
        for key in sealing::begin(&db, clock.now()).await? {
            tracing::warn!(key, "texts are sealed with a key that is missing in {KEYS}: they cannot be read");
        }
        let (news, _) = broadcast::channel(1024);
        let tiles = tiles::Held::of_city(&base_map, &sources, news.subscribe()).await.map_err(unfit)?;
        let ground = RwLock::new(Arc::new(load_ground(&db).await?));
        let keepers = RwLock::new(Arc::new(load_keepers(&db).await?));
        let suggestions = suggestions::running::Held::load(&db, spoken, suggesting).await?;
        // Whatever the clock says now, nothing that happens from here on stands before what happened already.
        let end = db.read(|tx| async move { timeline::store::end(&tx).await }).await;
        id::after(end.map_err(|error: DbError| Error::Db(error))?);
        let changes = AtomicU64::new(0);
        let instances = instances::Held::new(!db.is_postgres());
        let tallies = cases::tally::Tallies::default();
        Ok(App(Arc::new(Held {
            db,
            clock,
            pages,
            assets,
            city,
            reports,
            intake: reports::intake::Intake::default(),
            duty,
            public_url,
            sources,
            catalog,
            calendar,
            statutes,
            inspection,
            imports: imports::working::Working::default(),
            rolls: rolls::handing::Hands::default(),
            hotline,
            conventions,
            stage_limits,
            case_settings,
            photo_checks,
            base_map,
            numbers,
            serials: timeline::serials::Serials::default(),
            whistles,
            files: file_settings,
            ground,
            keepers,
            places: places::keeping::Held::new(places),
            blobs,
            news,
            instances,
            stop: watch::Sender::new(false),
            jobs: Mutex::default(),
            changes,
            standards: cases::standards::Shelf::default(),
            repeats: repeats::Held::new(repeated),
            tallies,
            twins,
            figures: Kept::default(),
            ways,
            suggestions,
            evaluation: evaluation::running::Held::new(evaluation, scoring),
            exercises,
            papers,
            open311,
            api,
            feed: timeline::feed::Feed::default(),
            backup,
            seal,
            exchange,
            superior,
            opendata,
            follows: follows::Held::new(follows),
            claims,
            tiles,
            embed,
            retention,
            shedding: status::shedding::Held::new(&gates),
            paces: people::paces::Held::new(gates, &ledger),
            ledger,
            status,
            identity,
            account_news: |tx, news| Box::pin(notices::accounts::tell(tx, news)),
            clues: vec![(construction::store::SUBJECT, construction::store::offers)],
        })))
    }

    /// What a penalty case or an unlawful building is judged by.
    pub fn law(&self) -> enforcement::Law<'_> {
        self.statutes.law(&self.calendar)
    }

    /// The address at which the program is reached: as the city says, else as whoever asks has written it.
    pub fn address(&self, asked: &HeaderMap, is_secure: bool) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.clone();
        }
        let host = asked.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
        format!("{}://{host}", if is_secure { "https" } else { "http" })
    }

    /// The ground as it is now.
    pub fn grid(&self) -> Arc<Grid> {
        Arc::clone(&self.ground.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keeper who watches over a unit grid; none when its responsibility grid names nobody who works.
    pub fn keeper_of(&self, cell: &str) -> Option<Id> {
        self.keepers.read().unwrap_or_else(PoisonError::into_inner).get(cell).copied()
    }

    /// Reads the ground anew, after an import.
    ///
    /// # Errors
    /// When the database fails; the ground stays as it was.
    pub async fn reload_grid(&self) -> Result<(), Error> {
        let ground = Arc::new(load_ground(&self.db).await?);
        let keepers = Arc::new(load_keepers(&self.db).await?);
        *self.ground.write().unwrap_or_else(PoisonError::into_inner) = ground;
        *self.keepers.write().unwrap_or_else(PoisonError::into_inner) = keepers;
        Ok(())
    }

    /// Draws a page for a visit.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template is missing or lacks something.
    pub fn page(&self, visit: &Visit, template: &str, page: impl Serialize) -> Result<Html<String>, Error> {
        self.pages.render(&self.frame(visit), template, page)
    }

    /// A declared form as its template wants it: with what was typed, and what is wrong beside its field.
    pub fn fields(
        &self,
        visit: &Visit,
        fields: &[Field],
        typed: Option<&Typed>,
        problem: Option<&Refusal>,
    ) -> minijinja::Value {
        let say = |key: &str| self.pages.say(visit.lang, key, &[]);
        let text = problem.map(|refusal| self.pages.say(visit.lang, refusal.key, &refusal.args));
        let beside = text.as_deref().map(|text| (problem.and_then(|refusal| refusal.field).unwrap_or_default(), text));
        fields::draw(fields, "act", typed, beside, &say)
    }

    /// What is wrong with such a form, as links to its fields.
    pub fn field_errors(
        &self,
        visit: &Visit,
        fields: &[Field],
        typed: Option<&Typed>,
        problem: Option<&Refusal>,
    ) -> Vec<minijinja::Value> {
        let one = |refusal: &Refusal| {
            let found = fields.iter().find(|field| Some(field.name) == refusal.field);
            // What belongs to no field of this form is said at its head.
            let field = found.map_or_else(|| "form".to_owned(), |field| format!("{}-act", field.name));
            let label = found.map(|field| match field.label_text.is_empty() {
                true => self.pages.say(visit.lang, field.label, &[]),
                false => field.label_text.clone(),
            });
            minijinja::context! { field, label, message => self.pages.say(visit.lang, refusal.key, &refusal.args) }
        };
        let wrong = problem.map(|problem| fields::wrong(fields, typed, problem)).unwrap_or_default();
        wrong.iter().map(one).collect()
    }

    fn frame(&self, visit: &Visit) -> Frame {
        let (name, programme) = match visit.lang == LANGUAGES[0] {
            true => (&self.city.name, &self.city.programme),
            false => (&self.city.name_en, &self.city.programme_en),
        };
        let map = minijinja::context! {
            raster => &self.base_map.raster, attribution => &self.base_map.attribution,
            base => minijinja::value::Serde(self.tiles.base()), has_ground => self.tiles.has_ground(),
        };
        let actor = visit.actor.as_ref().map(|actor| {
            let can: Vec<&str> = Act::ALL.iter().filter(|act| may(actor.post, **act)).map(|act| act.word()).collect();
            let post = actor.post.word();
            let post_label = self.pages.say(visit.lang, &people::post_key(actor.post), &[]);
            minijinja::context! { id => actor.account.to_string(), name => actor.name.as_str(), post, post_label, can, unread => visit.unread }
        });
        let nav = visit.actor.as_ref().map(|actor| {
            let is_there = |room: &&Room| room.href != SUPERIORS || !self.superior.all.is_empty();
            let rooms = ROOMS.iter().filter(|room| actor.may(room.act)).filter(is_there);
            let link = |room: &Room| {
                let label = self.pages.say(visit.lang, room.label, &[]);
                minijinja::context! { href => room.href, icon => room.icon, label }
            };
            rooms.map(link).collect::<Vec<_>>()
        });
        Frame {
            lang: visit.lang,
            layout: if visit.refresh.is_some() { "kit/part.html" } else { "base.html" },
            path: visit.path.clone(),
            frame_asked: visit.asked.clone(),
            city: minijinja::context! { name, programme, map },
            actor: actor.unwrap_or_else(|| minijinja::Value::from(())),
            nav: nav.map_or_else(|| minijinja::Value::from(()), minijinja::Value::from),
            bar: match visit.actor {
                Some(_) => Vec::new(),
                None => status::show::bar(self, visit.lang == LANGUAGES[0]),
            },
        }
    }

    /// Lets answers that never end by themselves, such as streams of news, come to their end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Ends when the program is about to end.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stop = self.stop.subscribe();
        async move { drop(stop.wait_for(|is_stopping| *is_stopping).await) }
    }

    /// True when the program is about to end.
    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Does something beside everybody's work, for as long as the program runs, and at once whoever else waits. It is broken off where
    /// it waits when the program ends; whatever it does must be good to be done again.
    pub fn job_at_once(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.job_until_stopped(name, awaited(Some(AT_ONCE), work));
    }

    fn job_until_stopped(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping();
        let work = async move {
            tokio::select! { () = work => {}, () = stopping => {} }
        };
        self.start(name, work);
    }

    /// The same with something that [lets others go first](behind).
    pub fn job(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.job_until_stopped(name, behind(work));
    }

    /// The same with something that sees by itself that the program is about to end, and brings to its end what it is at.
    pub fn job_to_its_end(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.start(name, behind(work));
    }

    fn start(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).push((name, tokio::spawn(work)));
    }

    /// Does something that is done by one program at a time among all that serve this database: begun when its turn comes, broken off
    /// where it waits when the turn is over or the program ends.
    pub fn job_of_one<F>(&self, name: &'static str, work: impl Fn(App) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.job(name, self.in_turn(work));
    }

    /// The same with something that sees by itself that the program is about to end, and brings to its end what it is at.
    pub fn job_of_one_to_its_end<F>(&self, name: &'static str, work: impl Fn(App) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.job_to_its_end(name, self.in_turn(work));
    }

    /// Work that is begun whenever the turn comes; ends when the work does by itself, or when the program ends out of turn.
    fn in_turn<F>(&self, work: impl Fn(App) -> F + Send + 'static) -> impl Future<Output = ()> + Send + 'static
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let app = self.clone();
        async move {
            while !app.is_stopping() {
                tokio::select! { () = app.instances.until_turn(true) => {}, () = app.stopping() => return }
                tokio::select! {
                    // It has failed, and whoever looks after the program is to see it.
                    () = work(app.clone()) => return,
                    () = app.instances.until_turn(false) => {}
                }
            }
        }
    }

    /// The jobs that are no longer done although the program has not been asked to stop: each has failed.
    pub fn broken_jobs(&self) -> Vec<&'static str> {
        if self.is_stopping() {
            return Vec::new();
        }
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.iter().filter(|(_, job)| job.is_finished()).map(|(name, _)| *name).collect()
    }

    /// Ends when all jobs have ended, once the program is about to end.
    pub async fn jobs_ended(&self) {
        let jobs = std::mem::take(&mut *self.jobs.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, job) in jobs {
            // One that failed has ended, too.
            drop(job.await);
        }
    }

    /// Tells open screens that a subject changed; said after the commit.
    pub fn tell(&self, subject: &'static str, subject_id: Id) {
        self.pass_on(subject, subject_id);
        self.instances.tell(subject, subject_id);
    }

    /// Tells the open screens of this program alone.
    pub fn pass_on(&self, subject: &'static str, subject_id: Id) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        // Nobody may be listening.
        drop(self.news.send(News { subject, subject_id }));
    }
}

async fn load_keepers(db: &Db) -> Result<HashMap<String, Id>, Error> {
    db.read(|tx| async move { grid::store::keepers_of_cells(&tx).await })
        .await
        .map_err(|error: DbError| Error::Db(error))
}

async fn load_ground(db: &Db) -> Result<Grid, Error> {
    db.read(|tx| async move { grid::store::load_grid(&tx).await }).await.map_err(|error: DbError| Error::Db(error))
}

/// The working calendar of a city, from its `law/` and the working hours in its `city.toml`.
///
/// # Errors
/// [`Error::Internal`] naming every file and line that cannot be read.
pub fn law_calendar(sources: &Sources, city: &City) -> Result<Calendar, Error> {
    let hours = WorkingHours::of_city(&city.rest)
        .map_err(|key| Error::Internal(format!("city.toml: {}", sentence(sources, key))))?;
    Calendar::load(&sources.folder("law/holidays/"), hours, city.zone()).map_err(wrong_in(sources))
}

/// What is wrong with files, as whoever answers for them reads it.
fn wrong_in(sources: &Sources) -> impl Fn(Vec<catalog::Problem>) -> Error {
    |problems| Error::Internal(catalog::problem::told(&problems, &Words::load(sources).0))
}

/// A sentence in English, for the log and the command line.
fn sentence(sources: &Sources, key: &str) -> String {
    Words::load(sources).0.say("en", key, &[]).unwrap_or_else(|| key.to_owned())
}

/// A place in the staff's navigation.
struct Room {
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    act: Act,
}

/// The place of the superiors, which a city without any does not show.
const SUPERIORS: &str = "/superiors";

/// The staff's navigation, in the order of a day; everybody sees what their post opens.
const ROOMS: [Room; 23] = [
    Room { href: "/desk", icon: "list", label: "nav-desk", act: Act::SeeDesk },
    Room { href: "/department", icon: "building", label: "nav-department", act: Act::SeeDepartment },
    Room { href: "/field", icon: "truck", label: "nav-field", act: Act::SeeField },
    Room { href: "/search", icon: "search", label: "nav-search", act: Act::SearchCases },
    Room { href: "/whistles", icon: "whistle", label: "nav-whistles", act: Act::SeeWhistles },
    Room { href: "/repeats", icon: "rotate", label: "nav-repeats", act: Act::SeeRepeats },
    Room { href: "/hotline", icon: "phone", label: "nav-hotline", act: Act::ReceiveReports },
    Room { href: "/enforcement", icon: "book", label: "nav-enforcement", act: Act::SeePenaltyCases },
    Room { href: "/papers", icon: "copy", label: "nav-papers", act: Act::SeePapers },
    Room { href: "/buildings", icon: "building", label: "nav-buildings", act: Act::SeeBuildings },
    Room { href: "/inspections", icon: "search", label: "nav-inspections", act: Act::SeeChecks },
    Room { href: "/enterprises", icon: "home", label: "nav-enterprises", act: Act::SeeEnterprises },
    Room { href: "/duty", icon: "calendar", label: "nav-duty", act: Act::SeeDuty },
    Room { href: "/exchanges", icon: "send", label: "exchange-list", act: Act::SeeExchanges },
    Room { href: SUPERIORS, icon: "upload", label: "superior-title", act: Act::SeeSuperiors },
    Room { href: "/leaders", icon: "flag", label: "nav-leaders", act: Act::SeeSituation },
    Room { href: "/evaluation", icon: "chart", label: "nav-evaluation", act: Act::SeeScores },
    Room { href: "/suggestions", icon: "filter", label: "nav-suggestions", act: Act::SeeSuggestions },
    Room { href: "/admin", icon: "settings", label: "nav-admin", act: Act::ManageAccounts },
    Room { href: "/admin", icon: "settings", label: "nav-admin", act: Act::ManagePosts },
    Room { href: "/claims", icon: "user", label: "nav-claims", act: Act::AnswerClaims },
    Room { href: "/audit", icon: "eye", label: "nav-audit", act: Act::ReadAudit },
    Room { href: "/admin/catalog", icon: "book", label: "nav-catalog", act: Act::SeeCatalog },
];

/// Every door of the program.
pub fn doors() -> Vec<Door> {
    let mut doors = vec![Door::get("/photos/{id}/{size}", Access::Public, photo)];
    doors.extend(people::doors());
    doors.extend(catalog::doors());
    doors.extend(timeline::doors());
    doors.extend(notices::doors());
    doors.extend(views::doors());
    doors.extend(files::doors());
    doors.extend(places::doors());
    doors.extend(suggestions::doors());
    doors.extend(reports::doors());
    doors.extend(cases::doors());
    doors.extend(whistles::doors());
    doors.extend(duty::doors());
    doors.extend(repeats::doors());
    doors.extend(enforcement::doors());
    doors.extend(papers::doors());
    doors.extend(construction::doors());
    doors.extend(teaching::doors());
    doors.extend(inspection::doors());
    doors.extend(evaluation::doors());
    doors.extend(imports::doors());
    doors.extend(hotline::doors());
    doors.extend(rolls::doors());
    doors.extend(search::doors());
    doors.extend(open311::doors());
    doors.extend(api::doors());
    doors.extend(exchange::doors());
    doors.extend(superior::doors());
    doors.extend(opendata::doors());
    doors.extend(follows::doors());
    doors.extend(claims::doors());
    doors.extend(status::doors());
    doors.extend(calendars::doors());
    doors.extend(tiles::doors());
    doors.extend(embed::doors());
    doors
}

/// A clean copy of a photo. Citizens see the public ones; of the others, staff see those of reports, of the cases within
/// their scope, and of what they are whistled to.
async fn photo(
    State(app): State<App>,
    visit: Visit,
    Path((id, size)): Path<(Id, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let found = app.db.read(move |tx| async move { files::store::load(&tx, id).await }).await?;
    if !found.is_public {
        let is_withheld = found.withheld_at.is_some();
        let Some(actor) = visit.actor.clone() else {
            return if is_withheld { Ok(files::show::withheld()) } else { Err(Error::NotFound) };
        };
        let (subject, subject_id) = (found.subject.clone(), found.subject_id);
        let sees = app.db.read(move |tx| async move {
            Ok::<_, Error>(sees(&tx, &actor, &subject, subject_id).await? || is_compared(&tx, &actor, id).await?)
        });
        let sees = sees.await?;
        if !sees {
            return if is_withheld { Ok(files::show::withheld()) } else { Err(Error::NotFound) };
        }
    }
    files::show::or_away(files::show::copy(&app, &found, &size, query.as_deref(), &headers).await)
}

/// Whether somebody of the staff sees what a photo belongs to.
///
/// # Errors
/// When the database fails.
pub async fn sees(tx: &Tx, actor: &Actor, subject: &str, subject_id: Id) -> Result<bool, Error> {
    let is_there = |found: Result<(), Error>| match found {
        Ok(()) => Ok(true),
        Err(Error::NotFound | Error::Forbidden) => Ok(false),
        Err(error) => Err(error),
    };
    if subject == "report" {
        return Ok(true);
    }
    if subject == "case" {
        let scope = cases::store::Scope::of(actor);
        if is_there(cases::store::load(tx, subject_id, &scope).await.map(drop))? {
            return Ok(true);
        }
    }
    if subject == enforcement::store::SUBJECT {
        return enforcement::store::sees(tx, actor, subject_id).await;
    }
    if subject == "repeat" {
        return is_there(repeats::store::load(tx, subject_id, repeats::store::Scope::of(actor)).await.map(drop));
    }
    if subject == inspection::store::SUBJECT {
        return if actor.may(Act::SeeChecks) {
            inspection::store::sees(tx, actor, subject_id).await
        } else {
            Ok(false)
        };
    }
    if actor.may(Act::SeeBuildings) {
        let scope = construction::store::Scope::of(actor);
        if subject == "building" {
            return is_there(construction::store::load(tx, subject_id, scope).await.map(drop));
        }
        // What a case shows of a building that was found by it.
        if subject == "case" && construction::store::is_about(tx, subject_id, scope).await? {
            return Ok(true);
        }
    }
    let scope = match whistles::store::doer(tx, actor).await {
        Ok(doer) => whistles::store::Scope::of(&doer),
        Err(Error::Forbidden) => return Ok(false),
        Err(error) => return Err(error),
    };
    match subject {
        "case" => Ok(whistles::store::is_about(tx, subject_id, &scope).await?),
        "whistle" => is_there(whistles::store::load(tx, subject_id, &scope).await.map(drop)),
        _ => Ok(false),
    }
}

/// Whether a photo is beside one of a case that somebody verifies: then they may compare the two.
async fn is_compared(tx: &Tx, actor: &Actor, photo: Id) -> Result<bool, Error> {
    let scope = cases::store::Scope::of(actor);
    if !cases::photo_checks::is_shown_to(actor) {
        return Ok(false);
    }
    for case in cases::photo_checks::store::named_by(tx, photo).await? {
        match cases::store::load(tx, case, &scope).await {
            Ok(_) => return Ok(true),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Starts what the program does by itself: cases are opened for the reports that come in, photos whose forms were never
/// sent are swept away, notices leave. Said once, by whoever serves.
pub fn start_jobs(app: &App) {
    start_plain_jobs(app);
    app.job_of_one("prints", files::prints::work);
    app.job_of_one("photo_checks", cases::photo_checks::work);
    // Every program learns which words are rare, for the forms that it answers.
    app.job("twins", reports::twins::work(app.clone()));
    app.job_of_one("exchange", exchange::running::work);
    app.job_of_one("open_data", opendata::snapshots::work);
    app.job_of_one("superior", superior::running::work);
    if app.backup.to.is_some() {
        app.job_of_one("backup", backups::running::work);
    }
}

/// All of them but those that look at photos or ask other systems, which a test does itself when it wants to.
pub fn start_plain_jobs(app: &App) {
    app.job_at_once("instances", instances::keeping::keep(app.clone()));
    app.job_at_once("telling", instances::hearing::tell(app.clone()));
    app.job_at_once("hearing", instances::hearing::hear(app.clone()));
    app.job_at_once("paces", instances::pacing::exchange(app.clone()));
    app.job_of_one("cases", cases::following::follow);
    app.job_of_one("clocks", cases::watching::watch);
    app.job_of_one("duty", duty::following::follow);
    app.job("waiting_photos", files::waiting::keep_sweeping(app.clone()));
    app.job_of_one("files", files::sweeping::keep_sweeping);
    app.job_of_one("retention", retention::work);
    // What is kept in the memory of each program: the gazetteer, the ground, what guesses, how it stands, the end of the log.
    app.job("places", places::keeping::keep(app.clone()));
    app.job("imports", imports::watching::watch(app.clone()));
    app.job("suggestions", suggestions::running::work(app.clone()));
    app.job("status", status::checking::work(app.clone()));
    app.job("feed", timeline::feed::keep(app.clone()));
    app.job_of_one("evaluation", evaluation::running::work);
    app.job_of_one("hotline", hotline::watching::watch);
    app.job_of_one("repeats", repeats::following::follow);
    app.job_of_one("repeats_nightly", repeats::looking::work);
    app.job_of_one_to_its_end("notices", notices::sending::keep_sending);
    app.job_of_one("search", search::keeping::keep);
    app.job_of_one("buildings", construction::watching::watch);
    app.job_of_one("checks", inspection::watching::watch);
    app.job_of_one("whistles", whistles::watching::watch);
    app.job_of_one("enforcement", enforcement::telling::watch);
    app.job_of_one_to_its_end("follows", follows::sending::work);
    app.job_of_one("claims", claims::telling::watch);
    app.job_of_one("seal", timeline::sealing::work);
    app.job_of_one("months", timeline::months::work);
    app.job_of_one("webhooks", api::webhooks::sending::keep_sending);
    // Each program keeps the points of its own maps.
    app.job("tiles", tiles::pools::follow(app.clone()));
}

/// The whole program as one service.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    let all = doors();
    app.status.count(all.iter().map(|door| door.path).chain(PLAIN));
    for door in all {
        let lock = middleware::from_fn_with_state((app.clone(), door.access, door.pace), guard);
        router = router.route(door.path, door.handler.layer(lock));
    }
    // A base map is the only thing that a page may ask of anybody else.
    let servers = app.base_map.origins().join(" ");
    let policy = headers::policy(&servers, "'none'");
    let settings = &app.paces.settings;
    let hsts = if app.public_url.starts_with("https://") { settings.hsts } else { 0 };
    let said = headers::Said::new(&policy, hsts, &LENT);
    let around = Around { app: app.clone(), most: settings.database, believed: settings.believed.clone(), said };
    let slowest = body::Slowest { stall: settings.stall, rate: settings.slowest };
    router
        .route("/assets/{*name}", get(asset))
        .route("/map/layers.geojson", get(layers))
        .route("/healthz", get(health))
        .merge(status::of_machines())
        .fallback(|| async { Error::NotFound })
        // Programs of other sites may post where a key opens the door and no cookie counts.
        .layer(CsrfLayer::new().with_insecure_bypass(|_, address| {
            address.path().starts_with(open311::ROOT) || api::problem::is_of_api(address.path())
        }))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(middleware::from_fn_with_state(app.clone(), status::shedding::admit))
        .layer(middleware::from_fn_with_state(app.clone(), draw_errors))
        .layer(middleware::from_fn_with_state(slowest, body::read_to_the_end))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(Arc::new(around), surround))
        .with_state(app)
}

/// What lies around every answer.
struct Around {
    app: App,
    /// How long a request may wait for the database.
    most: Option<Duration>,
    /// Who is believed what they say about whoever asks.
    believed: peers::Believed,
    /// What every answer says to browsers.
    said: headers::Said,
}

/// All of it in one layer: each costs every request several allocations and a copy of what is behind it.
async fn surround(State(around): State<Arc<Around>>, mut request: Request, next: Next) -> Response {
    peers::notice(&around.believed, &mut request);
    let is_lent = around.said.is_lent(request.uri().path());
    let answer = |request| async {
        let mut response = next.run(request).await;
        // An answer may stand in no frame, unless it was made for frames: then its own policy names the sites.
        if response.extensions().get::<embed::frames::Framed>().is_none() {
            response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        around.said.say(response.headers_mut(), is_lent);
        response
    };
    awaited(around.most, status::watch(&around.app, request, answer)).await
}

/// Lets no request wait for the database for longer than the city says.
pub async fn within(State(most): State<Option<Duration>>, request: Request, next: Next) -> Response {
    awaited(most, next.run(request)).await
}

/// What begins the addresses of which other sites show something.
const LENT: [&str; 4] = ["/photos/", "/embed/", "/open311/", "/open-data"];

/// Addresses that no list of doors names: what anybody may have, and what machines ask.
const PLAIN: [&str; 6] = ["/assets/{*name}", "/map/layers.geojson", "/healthz", "/health", "/ready", "/metrics"];

async fn asset(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    app.assets.serve(&name, &headers)
}

/// The ground that the city has drawn for its maps (water, parks, blocks, roads); nothing when it has drawn none.
async fn layers(State(app): State<App>) -> Response {
    let drawn = app.sources.bytes("layers.geojson");
    let drawn = drawn.unwrap_or_else(|| br#"{"type":"FeatureCollection","features":[]}"#.to_vec());
    ([(header::CONTENT_TYPE, "application/geo+json"), (header::CACHE_CONTROL, "public, max-age=3600")], drawn)
        .into_response()
}

async fn health(State(app): State<App>) -> Result<&'static str, StatusCode> {
    let answered = app.db.read(|tx| async move { tx.query_one("select 1", vec![]).await });
    answered.await.map(|_| "ok\n").map_err(|_: crate::kit::db::DbError| StatusCode::SERVICE_UNAVAILABLE)
}

/// Draws the page of an error in the reader's language, and remembers a language that was asked for.
async fn draw_errors(State(app): State<App>, visit: Visit, request: Request, next: Next) -> Response {
    let number = request.extensions().get::<Number>().map(|number| number.0.clone()).unwrap_or_default();
    // What stands in frames of other sites sets no cookie.
    let is_framed = request.uri().path().starts_with(embed::ROOT);
    let is_secure = request.extensions().get::<peers::Peer>().is_some_and(|peer| peer.is_secure);
    let is_asked =
        !is_framed && request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("lang=")));
    let secret = people::doors::cookie(request.headers(), "session").map(str::to_owned);
    let (back, is_reading) = (came_from(request.headers()), request.method().is_safe());
    let mut response = next.run(request).await;
    if api::problem::is_of_api(&visit.path) {
        return api::problem::drawn(&app, &visit, response);
    }
    if let Some((status, page)) = page_of(&response, &visit, is_reading) {
        // Whoever is signed in keeps their navigation, unless finding them is what fails, or there is too much to do already.
        let actor = match secret.filter(|_| status != StatusCode::SERVICE_UNAVAILABLE) {
            Some(secret) => people::sessions::find(&app, &secret).await.unwrap_or_default(),
            None => None,
        };
        let mut visit = Visit { actor, ..visit.clone() };
        notices::bell::note(&app, &mut visit).await;
        let again = response.headers_mut().remove(header::RETRY_AFTER);
        response = draw_error(&app, &visit, status, &page, &back, &number);
        if let Some(again) = again {
            response.headers_mut().insert(header::RETRY_AFTER, again);
        }
    }
    if is_asked
        && let Ok(cookie) = HeaderValue::from_str(&format!(
            "lang={}; Path=/; Max-Age=31536000; SameSite=Lax{}",
            visit.lang,
            if is_secure { "; Secure" } else { "" }
        ))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The page of ours that somebody came from; the home page when that is not told.
fn came_from(headers: &HeaderMap) -> String {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (_, rest) = text(header::REFERER).split_once("://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or_default();
    // Two slashes would begin another site's address.
    let path = path.trim_start_matches(['/', '\\']);
    if !host.is_empty() && host == text(header::HOST) { format!("/{path}") } else { "/".to_owned() }
}

/// The error that an answer speaks of: a room's own, or what the reading of a request came to before any room.
fn page_of(response: &Response, visit: &Visit, is_reading: bool) -> Option<(StatusCode, ErrorPage)> {
    if let Some(page) = response.extensions().get::<ErrorPage>() {
        return Some((response.status(), page.clone()));
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_bare = kind.is_empty() || kind.starts_with("text/plain");
    let is_of_program = visit.path.starts_with("/assets/") || visit.path.starts_with(open311::ROOT);
    let is_of_machine = PLAIN.contains(&visit.path.as_str());
    if !is_bare || is_of_machine || is_of_program {
        return None;
    }
    ErrorPage::of_status(response.status(), is_reading)
}

fn draw_error(app: &App, visit: &Visit, status: StatusCode, page: &ErrorPage, back: &str, number: &str) -> Response {
    let args: Vec<(&str, String)> = page.text.args.iter().map(|(name, value)| (*name, value.clone())).collect();
    let text = app.pages.say(visit.lang, page.text.key, &args);
    let title = app.pages.say(visit.lang, page.title, &[]);
    // Whoever asks for help names it, and it is found in the log.
    let number = if status.is_server_error() { number } else { "" };
    let context =
        minijinja::context! { title => title.as_str(), text => text.as_str(), code => status.as_u16(), back, number };
    match app.page(visit, "kit/error.html", context) {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            (status, text).into_response()
        }
    }
}
