//! Rows of tables, each column named once.

/// Defines the row of a table, in the order of its columns, and:
///
/// - `columns!()`, the list of their names as a literal, for the text of a statement;
/// - `push_to`, which gives an inserting statement the values in the same order.
///
/// A new column is a new line here, and nothing else depends on its position.
macro_rules! row {
    ($(#[$attribute:meta])* struct $row:ident, $columns:ident! { $($column:ident: $type:ty,)+ }) => {
        $(#[$attribute])*
        #[derive(sqlx::FromRow)]
        struct $row {
            $($column: $type,)+
        }

        macro_rules! $columns {
            () => { row!(@list $($column)+) };
        }

        impl $row {
            fn push_to<D: sqlx::Database>(self, values: &mut sqlx::query_builder::Separated<'_, D, &'static str>)
            where
                $($type: for<'value> sqlx::Encode<'value, D> + sqlx::Type<D>,)+
            {
                $(values.push_bind(self.$column);)+
            }
        }
    };
    (@list $first:ident $($next:ident)*) => {
        concat!(stringify!($first) $(, ", ", stringify!($next))*)
    };
}

pub(super) use row;
