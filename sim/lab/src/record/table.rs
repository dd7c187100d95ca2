//! One Parquet file, written a row group at a time with the low-level column writers.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::error::LabError;

/// Rows of a row group: what is held in memory before it is written.
const GROUP_ROWS: usize = 32_768;

/// A column's name and what it holds.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    name: String,
    values: Values,
}

#[derive(Clone, Debug)]
enum Values {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Text(Vec<ByteArray>),
}

/// One value of a row.
pub(crate) enum Cell<'a> {
    Int(u64),
    Float(f64),
    Text(&'a str),
}

impl Column {
    pub(crate) fn int(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            values: Values::Int(Vec::new()),
        }
    }
    pub(crate) fn float(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            values: Values::Float(Vec::new()),
        }
    }
    pub(crate) fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            values: Values::Text(Vec::new()),
        }
    }

    fn schema(&self) -> Result<Type, parquet::errors::ParquetError> {
        let (physical, logical) = match self.values {
            Values::Int(_) => (Physical::INT64, None),
            Values::Float(_) => (Physical::DOUBLE, None),
            Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(&self.name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical)
            .build()
    }
}

/// A Parquet file that rows are added to.
pub(crate) struct Table {
    file: &'static str,
    path: PathBuf,
    writer: Option<SerializedFileWriter<BufWriter<File>>>,
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// Creates the file.
    pub(crate) fn create(folder: &Path, file: &'static str, columns: Vec<Column>) -> Result<Self, LabError> {
        let path = folder.join(file);
        let out = File::create(&path).map_err(|e| LabError::io("write", &path, e))?;
        let failed = |e: parquet::errors::ParquetError| LabError::Parquet {
            file,
            reason: e.to_string(),
        };
        let fields: Result<Vec<_>, _> = columns.iter().map(|c| c.schema().map(Arc::new)).collect();
        let schema = Type::group_type_builder("run")
            .with_fields(fields.map_err(failed)?)
            .build()
            .map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let writer = SerializedFileWriter::new(BufWriter::new(out), Arc::new(schema), Arc::new(properties));
        Ok(Self {
            file,
            path,
            writer: Some(writer.map_err(failed)?),
            columns,
            rows: 0,
        })
    }

    /// Adds a row: one cell a column, in order.
    pub(crate) fn push<'a>(&mut self, row: impl IntoIterator<Item = Cell<'a>>) -> Result<(), LabError> {
        let mut cells = 0;
        for (column, cell) in self.columns.iter_mut().zip(row) {
            match (&mut column.values, cell) {
                (Values::Int(v), Cell::Int(x)) => v.push(x as i64),
                (Values::Float(v), Cell::Float(x)) => v.push(x),
                (Values::Text(v), Cell::Text(x)) => v.push(ByteArray::from(x)),
                _ => return Err(self.failed("a cell is not of its column's type")),
            }
            cells += 1;
        }
        if cells != self.columns.len() {
            return Err(self.failed("a row has too few cells"));
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what is held and the file's footer.
    pub(crate) fn finish(&mut self) -> Result<(), LabError> {
        self.flush()?;
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let out = writer.into_inner().map_err(|e| self.failed(e))?;
        let file = out
            .into_inner()
            .map_err(|e| LabError::io("write", &self.path, e.into_error()))?;
        file.sync_all().map_err(|e| LabError::io("write", &self.path, e))
    }

    fn flush(&mut self) -> Result<(), LabError> {
        if self.rows == 0 {
            return Ok(());
        }
        let file = self.file;
        let failed = |e: parquet::errors::ParquetError| LabError::Parquet {
            file,
            reason: e.to_string(),
        };
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let mut group = writer.next_row_group().map_err(failed)?;
        for column in &mut self.columns {
            match &mut column.values {
                Values::Int(v) => write_column::<Int64Type>(&mut group, v),
                Values::Float(v) => write_column::<DoubleType>(&mut group, v),
                Values::Text(v) => write_column::<ByteArrayType>(&mut group, v),
            }
            .map_err(failed)?;
        }
        group.close().map_err(failed)?;
        self.rows = 0;
        Ok(())
    }

    fn failed(&self, reason: impl ToString) -> LabError {
        LabError::Parquet {
            file: self.file,
            reason: reason.to_string(),
        }
    }
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, BufWriter<File>>,
    values: &mut Vec<T::T>,
) -> Result<(), parquet::errors::ParquetError> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, None, None)?;
        column.close()?;
    }
    values.clear();
    Ok(())
}
