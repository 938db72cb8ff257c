//! The lists that lie before the papers of a volume: evidence, bases, what the party said, the record of the whole process. Pure; every
//! list is a heading, columns with their widths, and rows.

use super::case::{Case, Fact, Law, Step};
use super::record::{Event, Piece, Standing, gaps, paper_of, standing};
use super::wording::penalties;
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What lists are written from.
pub struct Writer<'a> {
    /// The case.
    pub case: &'a Case,
    /// Its number.
    pub number: &'a str,
    /// What it is judged by.
    pub law: Law<'a>,
    /// The names of everybody who acted.
    pub names: &'a BTreeMap<Id, String>,
    /// A sentence in Chinese.
    pub say: &'a dyn Fn(&str) -> String,
}

/// On what the steps rest, first come first; a step that rests on nothing of its own is left out.
const fn basis_of(step: Step) -> Option<&'static str> {
    Some(match step {
        Step::ApproveFiling => "《中华人民共和国行政处罚法》第五十四条",
        Step::Inquire | Step::InspectSite => "《中华人民共和国行政处罚法》第四十二条、第五十五条",
        Step::AddEvidence | Step::JudgeEvidence => "《中华人民共和国行政处罚法》第四十六条",
        Step::OrderCorrection => "《中华人民共和国行政处罚法》第二十八条第一款",
        Step::AskMeasure | Step::ApproveMeasure | Step::RefuseMeasure => {
            "《中华人民共和国行政处罚法》第五十六条、《中华人民共和国行政强制法》第十八条"
        }
        Step::RefuseSeizure | Step::ApproveSeizure => "《中华人民共和国行政强制法》第十九条",
        Step::RegisterEvidence
        | Step::SettleEvidence
        | Step::TakeSample
        | Step::TellTestResult
        | Step::SettleSample => "《中华人民共和国行政处罚法》第五十六条",
        Step::Seize => "《中华人民共和国行政强制法》第十八条、第二十四条",
        Step::ExtendSeizure => "《中华人民共和国行政强制法》第二十五条",
        Step::EndSeizure => "《中华人民共和国行政强制法》第二十七条、第二十八条",
        Step::DecideRecusal => "《中华人民共和国行政处罚法》第四十三条",
        Step::PassReview | Step::PassFinalReview | Step::FailReview => "《中华人民共和国行政处罚法》第五十八条",
        Step::Discuss => "《中华人民共和国行政处罚法》第五十七条第二款",
        Step::NotifyParty => "《中华人民共和国行政处罚法》第四十四条",
        Step::AnswerDefence => "《中华人民共和国行政处罚法》第四十五条",
        Step::CallHearing | Step::ServeSummons | Step::HoldHearing => {
            "《中华人民共和国行政处罚法》第六十三条、第六十四条"
        }
        Step::ReportHearing => "《中华人民共和国行政处罚法》第六十五条",
        Step::Decide => "《中华人民共和国行政处罚法》第五十七条、第五十九条",
        Step::DecideSummary => "《中华人民共和国行政处罚法》第五十一条、第五十二条",
        Step::NotPunish => "《中华人民共和国行政处罚法》第三十条至第三十三条",
        Step::ExtendDecision => "《中华人民共和国行政处罚法》第六十条",
        Step::Serve | Step::PostAnnouncement => "《中华人民共和国行政处罚法》第六十一条",
        Step::GrantInstalments => "《中华人民共和国行政处罚法》第六十六条第二款",
        Step::CollectOnSpot => "《中华人民共和国行政处罚法》第六十八条、第六十九条",
        Step::Remind => "《中华人民共和国行政强制法》第五十四条",
        Step::AskCourt => "《中华人民共和国行政强制法》第五十三条",
        Step::EnforceMoney => "《中华人民共和国行政强制法》第四十六条",
        Step::DecidePerformance | Step::ServePerformance => "《中华人民共和国行政强制法》第五十条至第五十二条",
        Step::RemindPerformance | Step::StopPerformance | Step::Perform => "《中华人民共和国行政强制法》第五十一条",
        Step::OverturnDecision => "《中华人民共和国行政强制法》第四十条、第四十一条",
        Step::Publish | Step::WithdrawPublication => "《中华人民共和国行政处罚法》第四十八条",
        _ => return None,
    })
}

impl Writer<'_> {
    fn sheet(&self, heading: &str, lead: &str, columns: &[(&str, u32)], rows: Vec<Vec<String>>) -> Value {
        let columns: Vec<Value> = columns.iter().map(|(name, width)| json!({ "name": name, "width": width })).collect();
        json!({
            "organ": { "name": self.law.organ.name.zh },
            "number": self.number,
            "heading": heading,
            "lead": lead,
            "columns": columns,
            "rows": rows,
        })
    }

    fn time(&self, at: Moment) -> String {
        at.zoned(self.law.calendar.zone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn name(&self, id: Option<Id>) -> String {
        id.and_then(|id| self.names.get(&id).cloned()).unwrap_or_default()
    }

    fn step(&self, step: Step) -> String {
        (self.say)(&format!("enforcement-step-{}", step.word()))
    }

    /// 证据目录.
    pub fn evidence(&self, pieces: &[Piece]) -> Value {
        let one = |piece: &Piece| {
            let people = if piece.officers.is_empty() {
                self.name(piece.by)
            } else {
                piece.officers.iter().map(|one| self.name(Some(*one))).collect::<Vec<_>>().join("、")
            };
            let people = if people.is_empty() { "当事人".to_owned() } else { people };
            let photos =
                if piece.photos.is_empty() { String::new() } else { format!("（照片{}张）", piece.photos.len()) };
            let judged = piece.judged_as.and_then(|number| self.case.judged(number));
            let judged = match standing(self.case, piece) {
                Standing::Beside => "—".to_owned(),
                Standing::Open => "尚未审查".to_owned(),
                Standing::Stands => format!("查证属实\n{}", self.name(judged.and_then(|one| one.by))),
                Standing::Excluded => format!("不予采信\n{}", self.name(judged.and_then(|one| one.by))),
            };
            vec![
                piece.number.to_string(),
                (self.say)(&format!("enforcement-evidence-{}", piece.kind.word())),
                format!("{}{photos}", if piece.words.is_empty() { self.step(piece.step) } else { piece.words.clone() }),
                self.step(piece.step),
                format!("{}\n{people}", self.time(piece.at)),
                judged,
            ]
        };
        let columns =
            [("编号", 11), ("种类", 24), ("名称和证明内容", 0), ("来源", 22), ("取得时间和人员", 32), ("审查", 20)];
        self.sheet(
            "证据目录",
            "照片编号为“证据编号-序号”，原件摘要（SHA-256）见照片证据页。",
            &columns,
            pieces.iter().map(one).collect(),
        )
    }

    /// 依据目录: what the decision rests on, and each step.
    pub fn bases(&self, facts: &[Fact]) -> Value {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut put = |what: &str, basis: String, when: String| {
            rows.push(vec![(rows.len() + 1).to_string(), what.to_owned(), basis, when]);
        };
        let acted = self.case.acted_on;
        if let Some(matter) = acted.and_then(|day| self.law.matters.on(&self.case.matter, day)) {
            let text = format!("《{}》", matter.text.zh);
            put(
                "违反的规定",
                format!("{text}{}", matter.duty.official()),
                acted.map(|day| day.to_string()).unwrap_or_default(),
            );
            put("处罚依据", format!("{text}{}", matter.clause.official()), String::new());
            let tier = self.case.decision.as_ref().and_then(|decision| decision.penalty.tier);
            if let Some(tier) = tier.and_then(|tier| matter.tiers.iter().find(|one| one.kind == tier)) {
                put("裁量基准", tier.circumstances.zh.clone(), String::new());
            }
        }
        if let Some(decision) = &self.case.decision {
            put("处罚内容", penalties(&decision.penalty).join(""), self.law.calendar.date_of(decision.at).to_string());
        }
        let mut seen = BTreeSet::new();
        for fact in facts {
            if let Some(basis) = basis_of(fact.what).filter(|_| seen.insert(fact.what)) {
                put(&self.step(fact.what), basis.to_owned(), self.law.calendar.date_of(fact.at).to_string());
            }
        }
        self.sheet(
            "依据目录",
            "实体依据在前，程序依据按办理先后排列。",
            &[("序号", 12), ("事项", 36), ("依据", 0), ("日期", 26)],
            rows,
        )
    }

    /// 当事人陈述、申辩.
    pub fn statements(&self) -> Value {
        let rows = self.case.defences.iter().map(|one| {
            let answer = match one.is_adopted {
                None => "尚未复核".to_owned(),
                Some(true) => format!("采纳。{}", one.answer),
                Some(false) => format!("不予采纳。{}", one.answer),
            };
            vec![one.number.to_string(), self.time(one.at), one.words.clone(), answer]
        });
        let columns = [("序号", 12), ("时间", 30), ("内容", 0), ("复核意见", 52)];
        self.sheet("当事人陈述、申辩", "", &columns, rows.collect())
    }

    /// 全过程记录.
    pub fn process(&self, events: &[Event<'_>], papers: &BTreeSet<&str>, paper_name: &dyn Fn(&str) -> String) -> Value {
        let one = |(place, event): (usize, &Event<'_>)| {
            let fact = event.fact;
            let left = paper_of(fact.what).filter(|kind| papers.contains(kind)).map(paper_name);
            let photos = if event.photos.is_empty() { None } else { Some(format!("照片{}张", event.photos.len())) };
            let missing = gaps(event, &self.law.organ.recording, papers);
            let missing = missing.iter().map(|gap| (self.say)(&format!("enforcement-gap-{}", gap.word())));
            let role = (self.say)(&format!("enforcement-role-{}", fact.role.word()));
            vec![
                (place + 1).to_string(),
                self.time(fact.at),
                self.step(fact.what),
                format!("{}\n{role}", self.name(fact.by)).trim().to_owned(),
                left.into_iter().chain(photos).collect::<Vec<_>>().join("、"),
                missing.collect::<Vec<_>>().join("、"),
            ]
        };
        let columns = [("序号", 12), ("时间", 28), ("环节", 0), ("办理人", 34), ("文字、音像记录", 40), ("缺项", 26)];
        self.sheet("执法全过程记录", "", &columns, events.iter().enumerate().map(one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::{LAW, executing_of};
    use super::super::case::{Act, Asked, Defence, Party, PartyForm, Role, Stage};
    use super::super::record::pieces;
    use super::*;

    #[test]
    fn lists_say_what_the_case_knows() {
        let party = Party {
            name: "某运输公司".into(),
            form: PartyForm::Unit,
            age: None,
            is_unaccountable: false,
            code: String::new(),
        };
        let mut case = executing_of(party);
        let at = case.last_at;
        case.defences.push(Defence {
            number: 1,
            at,
            words: "风太大".into(),
            is_adopted: Some(false),
            answer: "有照片".into(),
        });
        let fact = |act: Act| {
            let what = act.step(Stage::Investigating);
            let law = (String::new(), String::new());
            Fact {
                case: 1,
                what,
                by: Some(1),
                role: Role::Officer,
                at,
                stage: Stage::Investigating,
                revision: 2,
                law,
                act,
            }
        };
        let facts = [
            fact(Act::ApproveFiling),
            fact(Act::Inquire {
                officers: Vec::new(),
                card_shown: true,
                person: Asked::default(),
                words: "问答".into(),
            }),
            fact(Act::Inquire {
                officers: Vec::new(),
                card_shown: true,
                person: Asked::default(),
                words: "再问".into(),
            }),
        ];
        let events: Vec<Event<'_>> = facts.iter().map(|fact| Event { fact, photos: &[] }).collect();
        let names = BTreeMap::from([(1, "陆知远".to_owned())]);
        let say = |key: &str| key.to_owned();
        let writer = Writer { case: &case, number: "2026-00012", law: LAW.law(), names: &names, say: &say };
        let rows = |sheet: &Value| sheet["rows"].as_array().map(Vec::len).unwrap_or_default();
        let evidence = writer.evidence(&pieces(&events));
        assert_eq!(rows(&evidence), 2);
        assert_eq!(evidence["rows"][0][0], "1");
        let bases = writer.bases(&facts);
        // Duty, clause, tier, penalty, and each step once.
        assert_eq!(rows(&bases), 6, "{bases}");
        assert!(bases.to_string().contains("第五十五条") && bases.to_string().contains("伍仟元"), "{bases}");
        let said = writer.statements();
        assert!(said.to_string().contains("风太大") && said.to_string().contains("不予采纳。有照片"), "{said}");
        let process = writer.process(&events, &BTreeSet::from(["interview-record"]), &|kind| kind.to_owned());
        assert!(process["rows"][0].to_string().contains("enforcement-gap-no-paper"), "{process}");
        assert!(process["rows"][1].to_string().contains("interview-record"), "{process}");
    }
}
