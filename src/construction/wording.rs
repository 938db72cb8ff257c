//! What a building says on its papers: the kinds that it may need, and the data of one as far as the chain knows it. Pure; what is
//! missing is asked for on the form.

use super::chain::{Act, Building, Fact, Good, Kind, Permit, Step, Works};
use super::ledger::square_metres;
use super::store::Kept;
use crate::enforcement::case::{Law, Officer};
use crate::enforcement::wording::manner;
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::papers::paper::Outcome;
use crate::papers::writing::{Issued, lines};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What papers of a building are written from.
pub struct Source<'a> {
    /// The building.
    pub kept: &'a Kept,
    /// What was done, first come first.
    pub facts: &'a [Fact],
    /// What it is judged by.
    pub law: Law<'a>,
    /// The names of everybody who acted.
    pub names: &'a BTreeMap<Id, String>,
    /// Papers of the building that count, first come first.
    pub papers: &'a [Issued],
    /// The day.
    pub today: Date,
}

/// The kinds that a building may need: each tells of something that has happened.
pub fn kinds(facts: &[Fact]) -> Vec<&'static str> {
    let did = |step: Step| facts.iter().any(|fact| fact.what == step);
    let is_cleared = did(Step::Demolish);
    let has_goods = facts.iter().any(|fact| match &fact.act {
        Act::Demolish { clearing, .. } => !clearing.goods.is_empty(),
        _ => false,
    });
    let all = [
        ("inspection-record", did(Step::Survey)),
        ("stop-order", did(Step::OrderStop)),
        ("filing-approval", did(Step::File)),
        ("assistance-letter", did(Step::File)),
        ("demolition-notice", did(Step::Notify)),
        ("hearing-summons", did(Step::CallHearing)),
        ("hearing-announcement", did(Step::CallHearing)),
        ("hearing-record", did(Step::HoldHearing)),
        ("defence-record", did(Step::Defend)),
        ("defence-review", did(Step::AnswerDefence)),
        ("legal-review", did(Step::Review)),
        ("demolition-order", did(Step::Decide)),
        ("service-receipt", facts.iter().any(|fact| fact.act.service().is_some())),
        ("urging-letter", did(Step::Remind)),
        ("demolition-announcement", did(Step::Announce)),
        ("coercion-decision", did(Step::OrderEnforcement)),
        ("demolition-record", is_cleared),
        ("things-list", has_goods),
        ("closing-approval", did(Step::Close)),
    ];
    all.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect()
}

/// The papers that tell what was decided, and what rests on it.
pub const DECISIONS: [&str; 4] = ["demolition-order", "urging-letter", "demolition-announcement", "coercion-decision"];

/// What an act makes of those papers: nothing while the decision stands as it stood.
pub fn ended(before: &Building, after: &Building) -> Option<Outcome> {
    let old = before.decision.as_ref()?;
    match &after.decision {
        _ if !before.is_revoked && after.is_revoked => Some(Outcome::Revoked),
        Some(new) if new != old => Some(Outcome::Changed),
        Some(_) => None,
        None => Some(Outcome::Revoked),
    }
}

/// The article whose duty such a building breaks (城乡规划法 arts. 40, 44).
const fn violated(permit: Permit) -> &'static str {
    match permit {
        Permit::None | Permit::Deviates => "《中华人民共和国城乡规划法》第四十条第一款",
        Permit::TemporaryNone | Permit::TemporaryDeviates | Permit::TemporaryExpired => {
            "《中华人民共和国城乡规划法》第四十四条"
        }
    }
}

/// The article that orders it gone (城乡规划法 arts. 64, 66).
const fn order(permit: Permit) -> &'static str {
    match permit {
        Permit::None | Permit::Deviates => "《中华人民共和国城乡规划法》第六十四条",
        Permit::TemporaryNone => "《中华人民共和国城乡规划法》第六十六条第一项",
        Permit::TemporaryDeviates => "《中华人民共和国城乡规划法》第六十六条第二项",
        Permit::TemporaryExpired => "《中华人民共和国城乡规划法》第六十六条第三项",
    }
}

/// What the law calls such building (案由).
pub const fn matter(permit: Permit) -> &'static str {
    match permit {
        Permit::None => "未取得建设工程规划许可证进行建设",
        Permit::Deviates => "未按照建设工程规划许可证的规定进行建设",
        Permit::TemporaryNone => "未经批准进行临时建设",
        Permit::TemporaryDeviates => "未按照批准内容进行临时建设",
        Permit::TemporaryExpired => "临时建筑物、构筑物超过批准期限不拆除",
    }
}

const fn permit(permit: Permit) -> &'static str {
    match permit {
        Permit::None => "未取得建设工程规划许可证",
        Permit::Deviates => "未按照许可证的规定进行建设",
        Permit::TemporaryNone => "临时建设未经批准",
        Permit::TemporaryDeviates => "未按照批准内容进行临时建设",
        Permit::TemporaryExpired => "临时建设超过批准期限",
    }
}

const fn works(works: Works) -> &'static str {
    match works {
        Works::Foundations => "正在打地基",
        Works::GoingUp => "在建",
        Works::Roofed => "已封顶",
        Works::Complete => "已建成",
    }
}

/// The kind of a building in the words of a paper.
pub const fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::House => "房屋",
        Kind::Storey => "加层",
        Kind::Shed => "棚房",
        Kind::Awning => "雨棚（遮阳棚）",
        Kind::Tank => "室外罐体、设备",
        Kind::Wall => "围墙（围挡）",
        Kind::Cellar => "地下室",
        Kind::Other => "构筑物、设施",
    }
}

impl Source<'_> {
    fn name(&self, id: Option<Id>) -> String {
        id.and_then(|id| self.names.get(&id).cloned()).unwrap_or_default()
    }

    fn day(&self, at: Moment) -> String {
        self.law.calendar.date_of(at).to_string()
    }

    fn time(&self, at: Moment) -> String {
        at.zoned(self.law.calendar.zone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    fn last(&self, step: Step) -> Option<&Fact> {
        self.facts.iter().rev().find(|fact| fact.what == step)
    }

    fn paper(&self, kind: &str) -> Option<&Issued> {
        self.papers.iter().rev().find(|paper| paper.kind == kind)
    }

    fn number(&self, term: &str) -> Option<u32> {
        self.law.terms.on(term, self.today).ok().map(|term| term.length)
    }

    /// The officers of the step; else the last who acted together.
    fn officers(&self, step: Option<Step>) -> Vec<Value> {
        let of_step = step.and_then(|step| self.last(step)).and_then(|fact| fact.act.officers());
        let before = self.facts.iter().rev().find_map(|fact| fact.act.officers());
        let one = |officer: &Officer| {
            let card = officer.credential.as_ref().map(|held| held.number.clone()).unwrap_or_default();
            json!({ "name": self.name(Some(officer.account)), "card": card })
        };
        of_step.or(before).unwrap_or_default().iter().map(one).collect()
    }

    /// The step of which a kind tells.
    fn step_of(kind: &str) -> Option<Step> {
        Some(match kind {
            "inspection-record" => Step::Survey,
            "stop-order" => Step::OrderStop,
            "filing-approval" => Step::File,
            "demolition-notice" => Step::Notify,
            "hearing-summons" | "hearing-announcement" => Step::CallHearing,
            "hearing-record" => Step::HoldHearing,
            "defence-record" => Step::Defend,
            "defence-review" => Step::AnswerDefence,
            "demolition-order" => Step::Decide,
            "legal-review" => Step::Review,
            "urging-letter" => Step::Remind,
            "demolition-announcement" => Step::Announce,
            "coercion-decision" => Step::OrderEnforcement,
            "demolition-record" | "things-list" => Step::Demolish,
            "closing-approval" => Step::Close,
            _ => return None,
        })
    }

    /// The party as it was written on papers before, under the owner's name.
    fn party(&self) -> Value {
        let before = self.papers.iter().rev().find_map(|paper| paper.data.get("party").cloned());
        let mut party = before.filter(Value::is_object).unwrap_or_else(|| json!({}));
        let particulars = &self.kept.building.particulars;
        let owner = if particulars.owner.is_empty() { &particulars.builder } else { &particulars.owner };
        if !owner.is_empty() {
            party["name"] = owner.clone().into();
        }
        party
    }

    /// What the building is, in one sentence.
    fn described(&self) -> String {
        let particulars = &self.kept.building.particulars;
        format!(
            "{}{}，{}层，面积{}平方米，{}",
            particulars.address,
            kind_in_words(particulars.kind),
            particulars.floors,
            square_metres(particulars.area),
            permit(particulars.permit)
        )
    }

    /// The facts as somebody wrote them on an earlier paper; else what is known of the building.
    fn facts_of(&self) -> Value {
        let before = self.papers.iter().rev().find_map(|paper| paper.data.get("facts").cloned());
        if let Some(before) = before.filter(|facts| !facts.is_null()) {
            return before;
        }
        let found = self.day(self.kept.building.found_at);
        let mut all =
            vec![format!("{found}，本机关执法人员在{}。", self.described().replacen('，', "发现建设行为，", 1))];
        all.extend(lines(&self.kept.words));
        all.into()
    }

    /// The data of a paper of this kind, as far as the chain knows it.
    pub fn data(&self, kind: &str) -> Value {
        let (building, head) = (&self.kept.building, &self.law.organ.letterhead);
        let particulars = &building.particulars;
        let step = Self::step_of(kind);
        let when = step.and_then(|step| self.last(step));
        let what = format!("上述{}（面积{}平方米）", kind_in_words(particulars.kind), square_metres(particulars.area));
        let mut data = json!({
            "organ": { "name": self.law.organ.name.zh, "mark": head.mark, "address": head.address, "phone": head.phone },
            "matter": matter(particulars.permit),
            "party": self.party(),
            "officers": self.officers(step),
            "date": when.map_or(self.today.to_string(), |fact| self.day(fact.at)),
            "place": particulars.address,
            "facts": self.facts_of(),
            "act": { "at": self.time(building.found_at), "place": particulars.address },
            "source": "线索核查",
            "building": {
                "place": particulars.address,
                "structure": kind_in_words(particulars.kind),
                "storeys": format!("{}层", particulars.floors),
                "square_metres": square_metres(particulars.area),
                "stage": works(particulars.works),
            },
            "permit": permit(particulars.permit),
            "demolition": { "what": what },
            "basis": {
                "violated": violated(particulars.permit),
                "order": order(particulars.permit),
                "filing": order(particulars.permit),
                "reason": if particulars.permit.is_temporary() { matter(particulars.permit) } else { "无法采取改正措施消除对规划实施的影响" },
                "assistance": "《中华人民共和国行政处罚法》第二十六条",
                "urging": "《中华人民共和国行政强制法》第三十五条",
                "announcement": "《中华人民共和国行政强制法》第四十四条",
                "coercion": "《中华人民共和国行政强制法》第三十七条、第四十四条",
            },
            "remedy": { "review_by": head.review_by, "court": head.court, "review_days": self.number("review"), "suit_months": self.number("suit") },
            "terms": { "defence_days": self.number("statement"), "hearing_days": self.number("hearing-request") },
            "consequence": "本机关将报请县级以上地方人民政府责成有关部门依法采取查封施工现场、强制拆除等措施。",
            "duties": [format!("自行拆除{}", self.described())],
        });
        if let Some(fact) = when {
            data["to"] = self.time(fact.at).into();
        }
        self.on_the_way(kind, &mut data);
        self.at_the_end(kind, &mut data);
        data
    }

    /// From the stop order to the decision.
    fn on_the_way(&self, kind: &str, data: &mut Value) {
        let building = &self.kept.building;
        if let Some(Act::Assess { letter, .. }) = self.last(Step::Assess).map(|fact| &fact.act) {
            data["assessment"] = json!({ "letter": letter });
        }
        if let Some(at) = building.notified_at {
            let number = self.paper("demolition-notice").map(|paper| paper.number.clone());
            data["notice"] = json!({ "number": number, "served_on": self.day(at) });
        }
        if let Some(defence) = building.defences.last() {
            let answer = self.last(Step::AnswerDefence).and_then(|fact| match &fact.act {
                Act::AnswerDefence { words, .. } => Some(words.clone()),
                _ => None,
            });
            data["defence"] = match kind {
                "defence-record" | "defence-review" => {
                    json!({ "said": lines(&defence.words), "answer": lines(&answer.unwrap_or_default()) })
                }
                _ => json!({ "said": defence.words, "answer": answer }),
            };
        }
        match kind {
            "inspection-record" => {
                let seen = vec![format!("现场为{}，{}。", self.described(), works(building.particulars.works))];
                data["findings"] = seen.into();
            }
            "stop-order" => {
                data["demands"] = json!(["立即停止一切施工；", "不得继续运入建筑材料；", "保持现状，等候处理。"]);
            }
            "filing-approval" => {
                let filed = self.last(Step::File);
                data["opinions"] = json!({
                    "officer": { "words": "有初步证据证明存在违法建设行为，属于本机关管辖，建议立案。" },
                    "head": {
                        "words": "同意立案。",
                        "by": filed.map(|fact| self.name(fact.by)),
                        "on": filed.map(|fact| self.day(fact.at)),
                    },
                });
            }
            "assistance-letter" => {
                data["requests"] = json!([
                    "上述建设是否取得建设工程规划许可，是否按照许可进行建设；",
                    "是否属于尚可采取改正措施消除对规划实施影响的情形。",
                ]);
                data["receiver"] = Value::Null;
            }
            "demolition-notice" => data["hearing"] = self.law.organ.building.offers_hearing.into(),
            "hearing-summons" | "hearing-announcement" | "hearing-record" => {
                let president = self.last(Step::HoldHearing).map(|fact| self.name(fact.by));
                data["president"] = json!({ "name": president });
                data["hearing"] = json!({ "basis": "《中华人民共和国行政处罚法》第六十四条", "openness": "公开" });
                if let Some(at) = building.heard_at {
                    data["hearing"]["at"] = self.time(at).into();
                }
                let investigators: Vec<String> = building.have_acted.iter().map(|one| self.name(Some(*one))).collect();
                data["investigators"] = investigators.into();
            }
            _ => {}
        }
        if let Some(at) = building.heard_at
            && kind == "demolition-order"
        {
            data["hearing"] = json!({ "held_on": self.day(at) });
        }
    }

    /// From the decision to the cleared site.
    fn at_the_end(&self, kind: &str, data: &mut Value) {
        let building = &self.kept.building;
        if let Some(decision) = &building.decision {
            data["demolition"]["until"] = decision.until.to_string().into();
            data["decision"] = json!({
                "name": "限期拆除决定书",
                "number": self.paper("demolition-order").map(|paper| paper.number.clone()),
                "date": self.day(decision.at),
                "served_on": building.served_at.map(|at| self.day(at)),
            });
            data["document"] = json!({ "name": "限期拆除决定书", "number": data["decision"]["number"] });
        }
        if let Some(reminder) = &building.reminder {
            let days = (reminder.until - self.law.calendar.date_of(reminder.at)).get_days();
            data["urging"] = json!({
                "number": self.paper("urging-letter").map(|paper| paper.number.clone()),
                "served_on": self.day(reminder.at),
                "days": days,
                "unit": "日",
                "manner": "自行拆除并清理现场",
                "consequence": "依法作出强制执行决定，强制拆除。",
            });
        }
        match kind {
            "service-receipt" => {
                // The last paper that was served.
                let served = self.facts.iter().rev().find_map(|fact| Some((fact, fact.act.service()?)));
                if let Some((fact, delivery)) = served {
                    let place = &building.particulars.address;
                    let at = match fact.what {
                        Step::Notify => building.notified_at,
                        Step::Serve => building.served_at,
                        Step::ServeOrder => building.order_served_at,
                        _ => building.reminder.map(|given| given.at),
                    };
                    let (paper, name) = match fact.what {
                        Step::Notify => ("demolition-notice", "限期拆除事先告知书"),
                        Step::ServeOrder => ("coercion-decision", "行政强制执行决定书"),
                        Step::Remind => ("urging-letter", "催告书"),
                        _ => ("demolition-order", "限期拆除决定书"),
                    };
                    data["service"] = json!({
                        "place": place,
                        "manner": manner(delivery.service.manner),
                        "at": self.time(at.unwrap_or(fact.at)),
                    });
                    let number = self.paper(paper).map(|paper| paper.number.clone());
                    data["document"] = json!({ "name": name, "number": number });
                    if !delivery.service.tried.is_empty() {
                        data["remark"] = lines(&delivery.service.tried).into();
                    }
                }
            }
            "legal-review" => {
                if let Some(fact) = self.last(Step::Review)
                    && let Act::Review { is_passed, words } = &fact.act
                {
                    data["opinions"] = json!({
                        "reviewer": { "words": lines(words), "by": self.name(fact.by), "on": self.day(fact.at) },
                    });
                    data["conclusion"] = if *is_passed { "同意" } else { "纠正" }.into();
                }
                data["penalties"] = json!([format!("限期拆除{}", self.described())]);
            }
            "demolition-announcement" => {
                data["consequence"] = "依法强制拆除。".into();
                if let Some(announcement) = &building.announcement {
                    data["until"] = announcement.until.to_string().into();
                    data["posted_on"] = self.day(announcement.at).into();
                }
            }
            "coercion-decision" => {
                let reason = match () {
                    () if building.decision.is_none() => {
                        "你（单位）被责令停止建设后不停止建设，经催告、公告仍未自行拆除"
                    }
                    () if building.remedies.is_empty() => {
                        "你（单位）逾期未自行拆除，且在法定期限内未申请行政复议或者提起行政诉讼"
                    }
                    () => "你（单位）逾期未自行拆除，行政复议、行政诉讼已经终结，法定期限已经届满",
                };
                data["coercion"] = json!({ "reason": reason, "manner": "强制拆除" });
                if let Some(Act::Charge { number, on }) =
                    self.facts.iter().rev().map(|fact| &fact.act).find(|act| matches!(act, Act::Charge { .. }))
                {
                    data["charge"] = json!({ "number": number, "on": on.map(|on| on.to_string()) });
                }
            }
            "demolition-record" | "things-list" => {
                if let Some(clearing) = &building.clearing {
                    data["from"] = self.time(clearing.from).into();
                    data["to"] = self.time(clearing.until).into();
                    data["presence"] = if clearing.is_party_present { "到场" } else { "未到场" }.into();
                    data["witnesses"] = clearing.witnesses.join("、").into();
                    let goods: Vec<String> = clearing.goods.iter().map(Good::line).collect();
                    data["goods"] = if goods.is_empty() { vec!["无".to_owned()] } else { goods }.into();
                    data["recorded"] = if clearing.is_recorded { "有" } else { "无" }.into();
                    data["pictures"] = json!({ "before": clearing.before, "after": clearing.after });
                    data["building"]["square_metres"] = square_metres(clearing.area).into();
                    if kind == "things-list" {
                        let one = |good: &Good| json!({ "name": good.name, "quantity": good.quantity, "unit": good.unit, "state": good.note });
                        data["things"] = clearing.goods.iter().map(one).collect();
                        data["total"] = clearing.goods.len().into();
                    }
                }
                let order = self.paper("coercion-decision").map(|paper| paper.number.clone());
                data["order"] = json!({ "number": order });
            }
            "closing-approval" => {
                let accepted = self.last(Step::Accept);
                let closed = self.last(Step::Close);
                data["opinions"] = json!({
                    "officer": {
                        "words": "违法建筑物已经拆除并验收，建议结案。",
                        "by": accepted.map(|fact| self.name(fact.by)),
                        "on": accepted.map(|fact| self.day(fact.at)),
                    },
                    "head": {
                        "words": "同意结案。",
                        "by": closed.map(|fact| self.name(fact.by)),
                        "on": closed.map(|fact| self.day(fact.at)),
                    },
                });
                data["reason"] = "违法建筑物已经拆除".into();
            }
            _ => {}
        }
    }
}
