-- A street and a stage together are asked for all day, and a stage may be rare in its street: both lead an index.
create index cases_street_stage_due on cases (street, stage, due_order_at, id, fed_back_at) where is_open = 1;
create index cases_street_stage_open on cases (street, stage, opened_at, id) where is_open = 1;
