-- What the desk asks about open cases stands in small indexes of its own: open cases are few, ended ones pile up for years.
-- Each question walks one of them in the order of the list and finds stage and clock in it without reading the case.
drop index cases_cell;
drop index cases_open_due;
drop index cases_overdue;
drop index cases_department_open;
drop index cases_street_open;
drop index cases_code_open;
create index cases_due on cases (due_order_at, id, fed_back_at) where is_open = 1;
create index cases_open_opened on cases (opened_at, id) where is_open = 1;
create index cases_cell_opened on cases (cell, opened_at, id) where is_open = 1;
create index cases_department_due on cases (department_id, due_order_at, id, stage, fed_back_at) where is_open = 1;
create index cases_department_open on cases (department_id, opened_at, id, stage) where is_open = 1;
create index cases_street_due on cases (street, due_order_at, id, stage, fed_back_at) where is_open = 1;
create index cases_street_open on cases (street, opened_at, id, stage) where is_open = 1;
create index cases_code_due on cases (code, due_order_at, id, stage, fed_back_at) where is_open = 1;
create index cases_code_open on cases (code, opened_at, id, stage) where is_open = 1;
