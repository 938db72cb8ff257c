//! What a check says on its papers (检查通知书、检查记录、责令改正通知书): names, days and articles come from the check, never typed again.

use super::check::{Answer, Outcome, Plan, Signature, hours};
use super::enterprise::Particulars;
use super::forms::Desk;
use crate::enforcement::case::{Law, Officer};
use crate::kit::clock::Moment;
use crate::kit::fields::Typed;
use crate::kit::id::Id;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What papers are written from.
pub struct Source<'a> {
    /// The check and what may be checked.
    pub desk: &'a Desk<'a>,
    /// What is written about the enterprise.
    pub enterprise: &'a Particulars,
    /// The names of everybody on it.
    pub names: &'a BTreeMap<Id, String>,
    /// The officers with the credentials of the day.
    pub officers: &'a [Officer],
    /// The law.
    pub law: Law<'a>,
    /// The check's number.
    pub number: &'a str,
    /// The address by which the enterprise finds the check.
    pub address: &'a str,
    /// The day.
    pub today: Date,
}

impl Source<'_> {
    fn moment(&self, at: Moment) -> String {
        at.zoned(self.law.calendar.zone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    fn common(&self) -> Value {
        let (organ, plan) = (self.law.organ, &self.desk.check.plan);
        let head = &organ.letterhead;
        let officers: Vec<Value> = self
            .officers
            .iter()
            .map(|one| {
                let card = one.credential.as_ref().map(|credential| credential.number.as_str());
                json!({ "name": self.names.get(&one.account), "card": card })
            })
            .collect();
        let items: Vec<Value> = plan
            .items
            .iter()
            .map(|id| {
                let item = self.desk.items.named(id);
                json!(item.map_or_else(|| id.clone(), |item| format!("{}（{}）", item.name.zh, item.basis)))
            })
            .collect();
        json!({
            "organ": { "name": organ.name.zh, "mark": head.mark, "address": head.address, "phone": head.phone,
                "contact": self.officers.first().and_then(|one| self.names.get(&one.account)) },
            "party": { "name": self.enterprise.name, "credit_code": self.enterprise.credit_code, "phone": self.enterprise.phone.known().unwrap_or_default(),
                "address": self.enterprise.address },
            "officers": officers,
            "items": items,
            "date": self.today.to_string(),
            "place": self.enterprise.address,
            "check_number": self.number,
            "reason": reason(plan),
            "why": plan.why,
            "on": plan.on.to_string(),
            "hours": hours(plan.from, plan.until),
            "rule": self.desk.items.source,
            "look_up": self.address,
        })
    }

    /// The notice before a check.
    pub fn notice(&self) -> Value {
        self.common()
    }

    /// The record of a check that is about to be finished.
    pub fn record(&self, left_at: Moment, signature: &Signature, outcome: Option<&Outcome>) -> Value {
        let check = self.desk.check;
        let mut data = self.common();
        let findings: Vec<Value> = check
            .findings
            .iter()
            .map(|one| {
                let name = self.desk.items.named(&one.item).map_or(one.item.as_str(), |item| &item.name.zh);
                let answer = match one.answer {
                    Answer::Clear => "未发现问题",
                    Answer::Found => "发现问题",
                    Answer::Unchecked => "未检查",
                };
                json!(if one.words.is_empty() {
                    format!("{name}：{answer}。")
                } else {
                    format!("{name}：{answer}。{}", one.words)
                })
            })
            .collect();
        data["findings"] = findings.into();
        data["words"] = json!(check.words);
        data["from"] = json!(check.entered_at.map(|at| self.moment(at)));
        data["to"] = json!(self.moment(left_at));
        data["result"] = json!(match outcome {
            Some(Outcome::Nothing) => "未发现问题。".to_owned(),
            Some(Outcome::Advice { words }) => format!("现场指导：{words}"),
            Some(Outcome::Order { until, .. }) => format!("责令于{until}前改正，另发责令改正通知书。"),
            Some(Outcome::Clue { number, .. }) => format!("涉嫌违法，已登记线索（{number}），依法另行处理。"),
            None => "涉嫌违法，已登记线索，依法另行处理。".to_owned(),
        });
        match signature {
            Signature::Signed { name } => data["present"] = json!({ "name": name }),
            Signature::Declined { words, witness } => {
                data["refusal"] = json!(words);
                data["witness"] = json!({ "name": witness });
            }
        }
        data
    }

    /// The order to correct, with the two rules that officers write.
    pub fn order(&self, demands: &str, until: Date, typed: &Typed) -> Value {
        let mut data = self.common();
        let lines = |text: &str| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect::<Vec<_>>()
        };
        let found = self.desk.check.findings.iter().filter(|one| one.answer == Answer::Found);
        data["facts"] = found.map(|one| Value::from(one.words.as_str())).collect::<Vec<_>>().into();
        data["basis"] = json!({ "violated": typed.text("violated"), "order": typed.text("basis") });
        data["correction"] = json!({ "demands": lines(demands), "until": until.to_string() });
        data
    }
}

fn reason(plan: &Plan) -> &'static str {
    use super::check::Reason;
    match plan.reason {
        Reason::Routine => "日常检查",
        Reason::Clue => "线索核查",
        Reason::Request => "企业申请",
        Reason::Emergency => "紧急检查",
        Reason::Recheck => "整改复查",
    }
}
