-- What a refusal's sentence names (a JSON list of pairs), so that whoever reads it later is told in their own language.
alter table teaching_attempts add column args text not null default '';
