-- The desk's questions, each answered by walking one index in the order of the list: what leads (department, street,
-- sub-class) with what is open by its due moment, and with everything by the moment it was opened.
create index cases_overdue on cases (is_open, fed_back_at, due_order_at, id);
create index cases_department_open on cases (department_id, is_open, due_order_at, id, stage, fed_back_at);
create index cases_department_opened on cases (department_id, opened_at, id);
create index cases_street_open on cases (street, is_open, due_order_at, id);
create index cases_street_opened on cases (street, opened_at, id);
create index cases_code_open on cases (code, is_open, due_order_at, id);
drop index cases_code_opened;
create index cases_code_opened on cases (code, opened_at, id);
drop index cases_street_due;
drop index cases_department_due;
